import { systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { ClusterEvent, EventReport, HavenEvent, SilentNode } from "../contract/event.ts";
import type { EventQuestion, Histories } from "../daemon/cluster-events.ts";
import type { EventFilter } from "../history/event-store.ts";
import { EventMerger, latest } from "../history/merge-events.ts";
import { list } from "../ops/wait-vms.ts";
import { ClusterHistories } from "./cluster-histories.ts";
import type { CommandCall } from "./command.ts";

export interface RunEventsOptions {
  readonly filter: EventFilter;
  /** The node whose history alone is asked. */
  readonly from: string | undefined;
  readonly follow: boolean;
  /** Events for a person, as a table. */
  readonly lines: (events: readonly HavenEvent[]) => readonly string[];
  /** One event for a person, as it comes. */
  readonly line: (event: HavenEvent) => readonly string[];
}

const pollMs = 1000;
/** At the most so many of a history at once. */
const pageSize = 10_000;

/** Where events come from: the histories of this cluster's nodes, or of those of a cluster elsewhere. */
export interface EventSources {
  ask(question: EventQuestion, signal: AbortSignal): Promise<Histories>;
  close(): void;
}

/** Prints the cluster's events, and with `follow` those that come, until Ctrl-C. With `--json` one object; followed, one each. */
export async function runEvents(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  options: RunEventsOptions,
  sources: EventSources = new ClusterHistories(),
): Promise<number> {
  const { global, terminal, signal } = call;
  const { filter, from, follow, lines, line } = options;
  const merger = new EventMerger();
  const say = (text: string): void => {
    if (!global.quiet && !global.json) terminal.err(text);
  };
  try {
    const begun = systemClock.now();
    const { histories, silent } = await sources.ask({ filter, from }, signal);
    const [none] = silent;
    if (from !== undefined && none !== undefined) throw new HavenError("peer.silent", { ...none });
    const events = latest(merger.add(histories), filter.limit ?? 0);
    const nodes = histories.map(({ node }) => node);
    say(`As ${list(nodes)} ${nodes.length === 1 ? "knows" : "know"} it`);
    for (const text of silentLines(silent)) say(text);
    if (!follow) {
      const report: EventReport = { nodes, silent, events };
      if (global.json) terminal.out(JSON.stringify(report));
      else if (events.length > 0) for (const text of lines(events)) terminal.out(text);
      else if (!global.quiet) terminal.err("Nothing of the kind has happened");
      return 0;
    }
    const show = (event: ClusterEvent): void => {
      for (const text of global.json ? [JSON.stringify(event)] : line(event)) terminal.out(text);
    };
    for (const event of events) show(event);
    const after = new Map(histories.map(({ node, last }) => [node, last]));
    const going = {
      sources,
      merger,
      from,
      filter: { ...filter, since: begun, limit: pageSize },
      after,
      silent,
    };
    await followOn(going, { show, say, signal });
    return 130;
  } finally {
    sources.close();
  }
}

interface Following {
  readonly sources: EventSources;
  readonly merger: EventMerger;
  readonly from: string | undefined;
  /** Since the beginning: for nodes that were silent until now. */
  readonly filter: EventFilter;
  readonly after: Map<string, number>;
  readonly silent: readonly SilentNode[];
}

interface Voice {
  readonly show: (event: ClusterEvent) => void;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Shows what comes, until the signal comes, and says when a node falls silent or is heard again. */
async function followOn(
  { sources, merger, from, filter, after, ...rest }: Following,
  voice: Voice,
): Promise<void> {
  const { show, say, signal } = voice;
  let { silent } = rest;
  while (!signal.aborted) {
    await systemClock.sleep(pollMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const answer = await sources.ask({ filter, from, after }, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (answer === undefined) return;
    for (const event of merger.add(answer.histories)) show(event);
    for (const { node, last, events } of answer.histories) {
      const shown = events.reduce((most, { id }) => Math.max(most, id), 0);
      after.set(node, events.length === pageSize ? shown : Math.max(last, shown));
    }
    const before = silent.map(({ node }) => node);
    const now = answer.silent.map(({ node }) => node);
    for (const text of silentLines(answer.silent.filter(({ node }) => !before.includes(node)))) say(text);
    const back = before.filter((node) => !now.includes(node));
    if (back.length > 0) say(`With ${list(back)} again`);
    silent = answer.silent;
  }
}

/** What is missing, the nodes that are silent for one reason in one line. */
function silentLines(silent: readonly SilentNode[]): readonly string[] {
  const reasons = [...new Set(silent.map(({ why }) => why))];
  return reasons.map(
    (why) => `Without ${list(silent.filter((one) => one.why === why).map(({ node }) => node))}: ${why}`,
  );
}
