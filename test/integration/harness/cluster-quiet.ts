import { heal } from "../../../src/lab/faults.ts";
import { Cib } from "../../../src/pacemaker/cib.ts";
import { removeVms } from "./add-vm.ts";
import { expectOneWriter } from "./expect-one-writer.ts";
import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

/** VMs that the lab brings along; they stay. */
const own = ["web1", "web2"];

export interface QuietOptions {
  /** VMs that stay besides the lab's own. */
  readonly keep?: readonly string[];
}

/**
 * Puts the cluster back to where every test begins: faults healed, all nodes with power and online, nothing failed
 * or blocked, no VM of another test, no constraint of a move, web1 and web2 running. The judge looks at all disks.
 */
export async function clusterQuiet(lab: TestLab, options: QuietOptions = {}): Promise<void> {
  await heal(lab.lab.state());
  const machines = lab.lab.machines.map(({ name }) => name);
  await Promise.all(machines.filter((name) => !lab.lab.isOn(name)).map((name) => lab.lab.powerOn(name)));
  await waitFor("all nodes to be online", 120_000, () => allOnline(lab), 500);
  await forgetStates(lab);
  const keep = new Set([...own, ...(options.keep ?? [])]);
  const { resources } = await lab.status();
  const vms = resources.filter(({ id }) => id.startsWith("vm-")).map(({ id }) => id.slice(3));
  await removeVms(lab, ...vms.filter((name) => !keep.has(name)));
  expectOneWriter(lab);
  const down = resources.filter(({ id, targetRole }) => id.startsWith("vm-") && targetRole === "Stopped");
  const back = down.map(({ id }) => id.slice(3)).filter((name) => own.includes(name));
  if (back.length > 0) await lab.haven(["vm", "start", "--yes", ...back]);
  // The lab adds those of its own that are not there.
  if (own.some((name) => !vms.includes(name))) await lab.lab.up();
  await waitFor("the cluster to be quiet", 120_000, () => isQuiet(lab), 500);
}

/** Starts what died on nodes that have power; one that is to be fenced comes back by itself. */
async function allOnline(lab: TestLab): Promise<boolean> {
  for (const name of lab.names) if (!lab.lab.isOn(name)) return false;
  const status = await lab.status().catch(() => undefined);
  const online = status?.nodes.filter((node) => node.online && !node.pending && !node.unclean) ?? [];
  const daemons = ["virtlogd", "libvirtd", "corosync", "pacemaker", "haven"];
  const started = await Promise.all(
    lab.names.map(async (name) => {
      const states = await lab.node(name).exec(["systemctl", "is-active", ...daemons]);
      if (states.code === 0) return true;
      await lab.node(name).exec(["systemctl", "start", ...daemons], { timeoutMs: 60_000 });
      return false;
    }),
  );
  return started.every((ok) => ok) && status?.quorum === true && online.length === lab.names.length;
}

/** Standby, maintenance, failures, fencing history, constraints of moves. */
async function forgetStates(lab: TestLab): Promise<void> {
  const status = await lab.status();
  const cib = Cib.parse(await lab.pacemaker().queryCib());
  if (status.maintenance) await lab.haven(["cluster", "maintenance", "off", "--yes"]);
  for (const node of status.nodes) {
    if (node.maintenance) await lab.haven(["cluster", "maintenance", "off", "--yes", "--node", node.name]);
    if (node.standby) await lab.haven(["node", "online", "--yes", "--force", node.name]);
  }
  for (const id of leftovers(cib)) {
    await lab.first().run(["cibadmin", "--delete", "--xpath", `//*[@id='${id}']`]);
  }
  for (const { id } of status.resources.filter((one) => one.id.startsWith("vm-") && !one.managed)) {
    await lab.haven(["vm", "manage", "--yes", "--force", id.slice(3)]);
  }
  if (status.failures.length > 0 || status.resources.some((one) => one.failed || one.blocked)) {
    await lab.first().exec(["crm_resource", "--cleanup"], { timeoutMs: 60_000 });
  }
  if (status.fenceHistory.length > 0) await lab.pacemaker().clearFenceHistory();
}

/** Ids of constraints that move a VM, whoever made them. */
export function leftovers(cib: Cib): readonly string[] {
  return cib.constraints
    .map((constraint) => constraint.get("id") ?? "")
    .filter((id) => id.endsWith(".move") || id.startsWith("cli-"));
}

async function isQuiet(lab: TestLab): Promise<boolean> {
  const status = await lab.status();
  const quietNodes = status.nodes.every((node) => node.online && !node.unclean && !node.standby);
  const wanted = status.resources.filter((one) => one.targetRole !== "Stopped");
  const settled = wanted.every(
    (one) => one.active && !one.failed && !one.blocked && one.pending === undefined && one.nodes.length === 1,
  );
  const failed = status.failures.length;
  if (failed > 0) await lab.first().exec(["crm_resource", "--cleanup"], { timeoutMs: 60_000 });
  return quietNodes && settled && failed === 0 && status.dc !== undefined;
}
