import type { HealthCheck } from "../../contract/health-check.ts";
import { boundedChecks } from "./bounded-checks.ts";
import { certificateHealth } from "./certificate-health.ts";
import { synchronisedHealth } from "./clock-health.ts";
import { kvmHealth, serviceHealth, watchdogHealth } from "./host-health.ts";
import { libvirtHealth } from "./libvirt-health.ts";
import { moveHealth } from "./move-health.ts";
import type { NodeContext } from "./node-context.ts";
import { peerHealth } from "./peer-health.ts";

const boundMs = 7000;
/** Other nodes are looked at some at a time. */
const peersMs = 18_000;

/** What this node finds when it looks at itself and at the way to the others; each look has its time. */
export async function nodeHealth(context: NodeContext): Promise<readonly HealthCheck[]> {
  const { signal, host, cib, node, clock, corosync } = context;
  const isMember = corosync !== undefined;
  const question = { host, cib, isMember, signal };
  const bounded = (
    id: string,
    look: (until: AbortSignal) => Promise<readonly HealthCheck[]>,
    ms = boundMs,
  ): Promise<readonly HealthCheck[]> => boundedChecks({ id, ms, signal }, look);
  const found = await Promise.all([
    bounded("libvirt", (until) => libvirtHealth(context, until)),
    bounded("service", (until) => serviceHealth({ ...question, signal: until })),
    bounded("watchdog", (until) => watchdogHealth({ ...question, signal: until })),
    bounded("clock", (until) => synchronisedHealth(host, until)),
    bounded("certificate", () => certificateHealth({ node, host, isMember }, clock.now())),
    bounded("peer", (until) => peerHealth({ ...context, signal: until }), peersMs),
  ]);
  return [...kvmHealth(cib), ...moveHealth({ node, cib }), ...found.flat()];
}
