import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { EventReport, SilentNode } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";
import { EventMerger, latest, type NodeEvents } from "../history/merge-events.ts";
import { checkNodeNames } from "../ops/node-names.ts";
import type { ClusterMembers } from "./cluster-members.ts";
import type { EventKeeper, EventPage } from "./event-keeper.ts";
import type { PeerClient } from "./peer-client.ts";
import { peerEventOf } from "./peer-event-of.ts";
import { eventsAnswer } from "./peer-protocol.ts";

export interface ClusterEventsOptions {
  readonly node: string;
  readonly events: Pick<EventKeeper, "page">;
  readonly members: Pick<ClusterMembers, "names">;
  readonly peers: Pick<PeerClient, "ask">;
}

/** Which events of which histories. */
export interface EventQuestion {
  /** `after` is of one history: it goes with `from`. */
  readonly filter: EventFilter;
  /** The node whose history alone is asked; undefined: those of all nodes. */
  readonly from?: string | undefined;
  /** Of histories that were asked before: only what was taken in after that number, whenever it happened. */
  readonly after?: ReadonlyMap<string, number> | undefined;
}

/** What the histories of the cluster's nodes hold, each for itself. */
export interface Histories {
  readonly histories: readonly (NodeEvents & Pick<EventPage, "last">)[];
  readonly silent: readonly SilentNode[];
}

/** What has happened, as all nodes of the cluster know it: their daemons are asked, and those that do not answer named. */
export class ClusterEvents {
  constructor(private readonly options: ClusterEventsOptions) {}

  /** The histories put together. @throws HavenError cib.not-found, and peer.silent where only one is asked; interrupted */
  async report(question: EventQuestion, signal?: AbortSignal): Promise<EventReport> {
    const { after, limit = 1000 } = question.filter;
    if (question.from !== undefined) checkNodeNames([question.from], await this.#nodes());
    const { histories, silent } = await this.histories(question, signal);
    const [none] = silent;
    if (question.from !== undefined && none !== undefined) throw new HavenError("peer.silent", { ...none });
    const events = new EventMerger().add(histories);
    const some = after === undefined ? latest(events, limit) : events.slice(0, limit);
    return { nodes: histories.map(({ node }) => node), silent, events: some };
  }

  /** @throws HavenError interrupted */
  async histories({ filter, from, after }: EventQuestion, signal?: AbortSignal): Promise<Histories> {
    const known = (await this.#nodes()).map(({ name }) => name);
    const silent: SilentNode[] = [];
    const read = async (node: string): Promise<readonly (NodeEvents & EventPage)[]> => {
      const last = after?.get(node);
      const { since, ...rest } = filter;
      const asked = last === undefined ? filter : { ...rest, after: last };
      try {
        if (!known.includes(node))
          throw new HavenError("peer.silent", { node, why: "it is no node of this cluster" });
        return [{ node, ...(await this.#page(node, asked, signal)) }];
      } catch (error) {
        if (isHavenError(error, "interrupted")) throw error;
        const isPeer = isHavenError(error, "peer.silent") || isHavenError(error, "peer.refused");
        silent.push({ node, why: isPeer ? String(error.payload.why) : printError(error) });
        return [];
      }
    };
    const all = await Promise.all((from === undefined ? known : [from]).map(read));
    const order = (name: string): number => known.indexOf(name);
    return { histories: all.flat(), silent: silent.sort((a, b) => order(a.node) - order(b.node)) };
  }

  /** This node answers also where it is of no cluster yet. */
  async #nodes(): Promise<readonly { readonly name: string }[]> {
    const names = await this.options.members.names();
    return [...new Set([this.options.node, ...names])].map((name) => ({ name }));
  }

  async #page(node: string, filter: EventFilter, signal: AbortSignal | undefined): Promise<EventPage> {
    const { node: own, events, peers } = this.options;
    if (node === own) return events.page(filter);
    const { limit = 1000, ...rest } = filter;
    const body = await peers.ask(node, { ask: "events", filter: { ...rest, limit } }, signal);
    const { data: answer } = eventsAnswer.safeParse(body);
    if (answer === undefined) throw new HavenError("peer.silent", { node, why: "its answer cannot be read" });
    return { last: answer.last, events: answer.events.flatMap((event) => peerEventOf(event) ?? []) };
  }
}
