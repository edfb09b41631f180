import { z } from "zod";
import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { healthCheck } from "../contract/health-check.ts";
import type { NodeChecks } from "../contract/node-checks.ts";
import type { PeerHello } from "../ops/health/node-context.ts";
import type { ClusterMembers } from "./cluster-members.ts";
import type { PeerClient } from "./peer-client.ts";
import { helloAnswer } from "./peer-protocol.ts";

const text = z.string().max(2000);
const count = z.number().nonnegative().optional();
const mount = z.object({ kind: text, source: text, point: text }).optional();

/** What another node says of itself, as far as it is read. */
const checks = z.object({
  ...{ node: text, time: z.number(), versions: z.record(z.string().max(100), text) },
  storage: z.array(
    z.object({
      ...{ path: text, ok: z.boolean(), text, free: count, total: count, ms: count },
      ...{ writeMs: count, readMs: count, inodes: count, mount },
    }),
  ),
  networks: z.array(z.object({ zone: text, bridge: text, ok: z.boolean(), text, mtu: count })),
  health: z.array(healthCheck).max(10_000).optional(),
});

export interface ChecksElsewhereOptions {
  readonly node: string;
  readonly members: Pick<ClusterMembers, "names">;
  readonly peers: Pick<PeerClient, "ask">;
}

/** Has any node of the cluster look at itself. */
export class ChecksElsewhere {
  constructor(private readonly options: ChecksElsewhereOptions) {}

  /**
   * @param own What this node says of itself, where it is the one that is asked for
   * @throws HavenError cib.not-found for no node of the cluster; peer.silent, peer.refused
   */
  async of(name: string, own: () => Promise<NodeChecks>, signal?: AbortSignal): Promise<NodeChecks> {
    const { node, members, peers } = this.options;
    if (name === node) return await own();
    const known = await members.names();
    if (!known.includes(name)) {
      throw new HavenError("cib.not-found", { what: "node", name, like: nearest(name, known) });
    }
    const { data } = checks.safeParse(await peers.ask(name, { ask: "checks" }, signal));
    if (data === undefined)
      throw new HavenError("peer.silent", { node: name, why: "its answer cannot be read" });
    return data as NodeChecks;
  }

  /** The cluster's nodes. */
  async names(): Promise<readonly string[]> {
    return await this.options.members.names();
  }

  /** Who the daemon of another node is, and what its clock says. @throws HavenError peer.silent, peer.refused */
  async hello(name: string, signal?: AbortSignal): Promise<PeerHello> {
    const { data } = helloAnswer.safeParse(await this.options.peers.ask(name, { ask: "hello" }, signal));
    if (data === undefined)
      throw new HavenError("peer.silent", { node: name, why: "its answer cannot be read" });
    return data;
  }
}
