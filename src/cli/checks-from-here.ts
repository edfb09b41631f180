import { hostname } from "node:os";
import type { NodeChecks } from "../contract/node-checks.ts";
import { ChecksElsewhere } from "../daemon/checks-elsewhere.ts";
import { ClusterMembers } from "../daemon/cluster-members.ts";
import { PeerClient } from "../daemon/peer-client.ts";
import type { Environment } from "../ops/environment.ts";
import { nodeChecks } from "../ops/node-checks.ts";

type Own = Pick<Environment, "pacemaker" | "clock" | "signal" | "isLive">;

/** Has nodes look at themselves, as a command does: this one here, others through their daemons. */
export function checksFromHere(): {
  readonly node: string;
  members(): Promise<readonly string[]>;
  /** @throws HavenError cib.not-found, peer.silent, peer.refused */
  of(name: string, environment: Own): Promise<NodeChecks>;
} {
  const node = hostname();
  const members = new ClusterMembers(undefined);
  const elsewhere = new ChecksElsewhere({ node, members, peers: new PeerClient() });
  return {
    node,
    members: () => members.names(),
    async of(name, environment) {
      const hello = (peer: string, until: AbortSignal) => elsewhere.hello(peer, until);
      return await elsewhere.of(name, () => nodeChecks(environment, { hello }), environment.signal);
    },
  };
}
