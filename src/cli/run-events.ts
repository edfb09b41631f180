import { hostname } from "node:os";
import { systemClock } from "../base/clock.ts";
import type { EventReport, HavenEvent } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";
import type { CommandCall } from "./command.ts";
import { openEvents } from "./open-events.ts";

export interface RunEventsOptions {
  readonly filter: EventFilter;
  readonly follow: boolean;
  /** Events for a person, as a table. */
  readonly lines: (events: readonly HavenEvent[]) => readonly string[];
  /** One event for a person, as it comes. */
  readonly line: (event: HavenEvent) => readonly string[];
}

const pollMs = 1000;
const pageSize = 10_000;

/** A history of events: this node's, or that of a node elsewhere. */
export interface EventSource {
  /** The node whose history it is. */
  readonly node: string;
  /** The number of the latest event. */
  lastId(): Promise<number>;
  query(filter: EventFilter): Promise<readonly HavenEvent[]>;
}

/** Prints this node's events, and with `follow` those that come, until Ctrl-C. With `--json` one object; followed, one each. */
export async function runEvents(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  options: RunEventsOptions,
): Promise<number> {
  const history = openEvents();
  const source: EventSource = {
    node: hostname(),
    lastId() {
      history.takeIn();
      return Promise.resolve(history.store.lastId());
    },
    query: (filter) => Promise.resolve(history.store.query(filter)),
  };
  try {
    return await showEvents(call, source, options);
  } finally {
    history.store.close();
  }
}

/** The same of any history. */
export async function showEvents(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  source: EventSource,
  options: RunEventsOptions,
): Promise<number> {
  const { global, terminal } = call;
  const { filter, follow, lines, line } = options;
  const last = await source.lastId();
  const events = await source.query(filter);
  if (!global.quiet && !global.json) terminal.err(`As ${source.node} knows it; other nodes have their own`);
  if (!follow) {
    const report: EventReport = { nodes: [source.node], events };
    if (global.json) terminal.out(JSON.stringify(report));
    else if (events.length > 0) for (const text of lines(events)) terminal.out(text);
    else if (!global.quiet) terminal.err("Nothing of the kind has happened");
    return 0;
  }
  const show = (event: HavenEvent): void => {
    for (const text of global.json ? [JSON.stringify(event)] : line(event)) terminal.out(text);
  };
  for (const event of events) show(event);
  const seen = events.reduce((most, { id }) => Math.max(most, id), last);
  await followFrom(seen, source, { filter, show, signal: call.signal });
  return 130;
}

interface Following {
  readonly filter: EventFilter;
  readonly show: (event: HavenEvent) => void;
  readonly signal: AbortSignal;
}

async function followFrom(last: number, source: EventSource, following: Following): Promise<void> {
  const { filter, show, signal } = following;
  let after = last;
  while (!signal.aborted) {
    const newest = await source.lastId();
    const fresh = await source.query({ ...filter, after, limit: pageSize });
    for (const event of fresh) show(event);
    const shown = fresh.at(-1)?.id ?? 0;
    if (fresh.length === pageSize) {
      after = shown;
      continue;
    }
    // What came while it was asked is in the answer, or comes with the next.
    after = Math.max(newest, shown);
    await systemClock.sleep(pollMs, signal).catch(() => undefined);
  }
}
