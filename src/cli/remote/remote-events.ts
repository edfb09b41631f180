import { HavenError } from "../../base/errors.ts";
import type { EventSource } from "../run-events.ts";
import { havenEvents } from "./answers.ts";
import type { RemoteCluster } from "./remote-cluster.ts";

/** So many the API tells at once. */
const mostEvents = 10_000;

/** The history of the node that is asked, as the API tells it. */
export function remoteEvents(cluster: RemoteCluster, path: "/v1/events" | "/v1/audit"): EventSource {
  const ask = (query: URLSearchParams) => cluster.read(havenEvents, `${path}?${query}`);
  return {
    node: cluster.node,
    async lastId() {
      const [latest] = await ask(new URLSearchParams({ limit: "1" }));
      return latest?.id ?? 0;
    },
    async query({ vm, node, kind, since, after, limit }) {
      if (limit !== undefined && limit > mostEvents) {
        throw new HavenError("usage", {
          what: `Option --limit: a cluster tells ${mostEvents} at once, found ${limit}`,
        });
      }
      const pairs = Object.entries({ vm, node, kind, since, after, limit })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]): [string, string] => [name, String(value)]);
      return await ask(new URLSearchParams(pairs));
    },
  };
}
