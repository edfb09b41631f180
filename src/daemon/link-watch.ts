import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { LinkStatus } from "../pacemaker/links.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { EventKeeper } from "./event-keeper.ts";
import type { StatusKeeper } from "./status-keeper.ts";

export interface LinkWatchOptions {
  /** This node. */
  readonly node: string;
  readonly pacemaker: Pick<Pacemaker, "links">;
  readonly keeper: Pick<StatusKeeper, "current" | "changed">;
  readonly events: Pick<EventKeeper, "record">;
  /** Called after each look, with what corosync has said; undefined where it has not. */
  readonly onLooked?: (links: readonly LinkStatus[] | undefined) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Corosync tells nobody that a link went down whose number is not known beforehand: it is asked so often. */
const lookEveryMs = 5000;

/**
 * Watches corosync's links from this node to the others, until the signal comes: that one went down or came back is an
 * event. How they are when it begins is none. Never throws.
 */
export async function watchLinks(options: LinkWatchOptions): Promise<void> {
  const { pacemaker, clock, log, signal, onLooked = () => undefined } = options;
  let known: ReadonlyMap<string, LinkStatus> = new Map();
  let complaint = "";
  while (!signal.aborted) {
    try {
      const links = await pacemaker.links({ signal });
      onLooked(links);
      // Where corosync does not run nothing is known of links, also not that they are down.
      if (links !== undefined) {
        const now = new Map(links.map((link) => [`${link.link} ${link.peer}`, link]));
        const changed = links.filter(
          (link) => (known.get(`${link.link} ${link.peer}`)?.connected ?? link.connected) !== link.connected,
        );
        known = now;
        if (changed.length > 0) await tell(changed, options);
      }
      complaint = "";
    } catch (error) {
      onLooked(undefined);
      const text = printError(error);
      if (!signal.aborted && text !== complaint) log.info(`Corosync's links are not known: ${text}`);
      complaint = text;
    }
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
}

async function tell(changed: readonly LinkStatus[], options: LinkWatchOptions): Promise<void> {
  const { node, keeper, events } = options;
  keeper.changed();
  const nodes = await keeper.current().then(
    ({ status }) => status.nodes,
    () => [],
  );
  for (const { link, peer, address, connected } of changed) {
    const name = nodes.find(({ id }) => id === String(peer))?.name;
    const text = `Link ${link} from ${node} to ${name ?? `the node with id ${peer}`} ${connected ? "is up" : "is down"}`;
    events.record({
      ...{ kind: connected ? "link.up" : "link.down", text, data: { link, peer: name ?? peer, address } },
      ...(name === undefined ? {} : { subject: name }),
    });
  }
}
