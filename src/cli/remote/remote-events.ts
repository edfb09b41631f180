import { HavenError } from "../../base/errors.ts";
import type { EventSources } from "../run-events.ts";
import { eventReport } from "./answers.ts";
import type { RemoteCluster } from "./remote-cluster.ts";

/** So many the API tells at once. */
const mostEvents = 10_000;
/** Who follows asks for so much again: nodes tell of the same at different times. What was told is not shown again. */
const againMs = 5 * 60_000;

/** The histories of a cluster elsewhere, as its API tells them. */
export function remoteEvents(cluster: RemoteCluster, path: "/v1/events" | "/v1/audit"): EventSources {
  // By the clocks of that cluster.
  let newest = 0;
  return {
    async ask({ filter, from, after }) {
      const { vm, node, kind, limit } = filter;
      const since = after === undefined || newest === 0 ? filter.since : newest - againMs;
      if (limit !== undefined && limit > mostEvents) {
        throw new HavenError("usage", {
          what: `Option --limit: a cluster tells ${mostEvents} at once, found ${limit}`,
        });
      }
      const pairs = Object.entries({ vm, node, kind, since, limit, from })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]): [string, string] => [name, String(value)]);
      const { nodes, silent, events } = await cluster.read(
        eventReport,
        `${path}?${new URLSearchParams(pairs)}`,
      );
      newest = events.reduce((most, { time }) => Math.max(most, time), newest);
      const of = (name: string) => events.filter((event) => event.from.includes(name));
      return { silent, histories: nodes.map((name) => ({ node: name, last: 0, events: of(name) })) };
    },
    close: () => undefined,
  };
}
