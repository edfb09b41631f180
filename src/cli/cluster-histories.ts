import { hostname } from "node:os";
import { daemonPaths } from "../contract/daemon-paths.ts";
import type { EventQuestion, Histories } from "../daemon/cluster-events.ts";
import { ClusterMembers } from "../daemon/cluster-members.ts";
import { daemonAnswer } from "./daemon-answer.ts";
import { type EventHistory, openEvents } from "./open-events.ts";

/** The daemon itself waits for other nodes, though not for long. */
const patienceMs = 10_000;

/**
 * The histories of the cluster's nodes, by this node's daemon, which asks the others. Without it there is this node's own,
 * and the others are named as those that could not be asked.
 */
export class ClusterHistories {
  #own: EventHistory | undefined;

  /** @throws HavenError not-root, events.unusable, interrupted */
  async ask(question: EventQuestion, signal: AbortSignal): Promise<Histories> {
    const answer = await daemonAnswer(`${daemonPaths.histories}?${queryOf(question)}`, signal, patienceMs);
    if ("json" in answer) return JSON.parse(answer.json) as Histories;
    const own = hostname();
    const { filter, from, after } = question;
    const others = from === undefined ? await new ClusterMembers(undefined).names() : [from];
    const why = `only this node's daemon could ask it, and ${answer.why}`;
    const silent = others.filter((node) => node !== own).map((node) => ({ node, why }));
    if (from !== undefined && from !== own) return { histories: [], silent };
    this.#own ??= openEvents();
    this.#own.takeIn();
    const { store } = this.#own;
    const seen = after?.get(own);
    const { since, ...rest } = filter;
    // What comes while it is asked is in the answer, or comes with the next.
    const last = store.lastId();
    const events = store.query(seen === undefined ? filter : { ...rest, after: seen });
    return { histories: [{ node: own, last, events }], silent };
  }

  close(): void {
    this.#own?.store.close();
  }
}

function queryOf({ filter, from, after }: EventQuestion): URLSearchParams {
  const { withoutChanges: _, ...words } = filter;
  const given = Object.entries({ ...words, from }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const seen = [...(after ?? [])].map(([node, id]): [string, string] => ["seen", `${node}:${id}`]);
  return new URLSearchParams([...given, ...seen]);
}
