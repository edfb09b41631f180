import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import web1 from "../../examples/web1.yaml" with { type: "text" };
import web2 from "../../examples/web2.yaml" with { type: "text" };
import { systemClock } from "../base/clock.ts";
import { createLog } from "../base/log.ts";
import { clusterInit } from "../ops/cluster-init.ts";
import type { ClusterPlan } from "../ops/cluster-plan.ts";
import { labChassis } from "./lab-chassis.ts";
import { LabNodeAccess } from "./node-access.ts";
import { labAddresses, labNodes, labWitness } from "./settings.ts";
import type { LabState } from "./state.ts";

/** The VMs that a new lab gets, each with the file it is added from. */
const examples: Readonly<Record<string, string>> = { web1: String(web1), web2: String(web2) };
const examplesDir = "/usr/share/haven/examples";

// Three and a half hours of the guest's counter before it begins again at the front; sparse.
const diskBytes = 64 * 1024 * 1024;

/** What the lab's cluster is to be: real fencing by its chassis, both ping targets, times for impatient people. */
export function labClusterPlan(state: LabState): ClusterPlan {
  const { settings } = state;
  const { gateway, pingTarget } = labAddresses(settings);
  const witness = labWitness(settings);
  return {
    name: settings.name,
    nodes: labNodes(settings).map(({ name, address }) => ({ name, addresses: [address] })),
    ...(settings.watchdog === 0
      ? {}
      : { sbd: { watchdog: "/dev/watchdog", timeoutS: settings.watchdog, devices: [] } }),
    // With watchdogs there is no other device, which would be faster than they are.
    fencing: (settings.watchdog === 0 ? labChassis(state) : [])
      .filter(({ slots }) => slots.length > 0)
      .map(({ address, credentials, slots }) => ({
        kind: "chassis",
        address,
        credentials,
        hosts: slots.map(({ node }) => ({ node: node.name })),
        // A node that is cut off or hangs would not hear the button, and each try costs half a minute.
        noSoftOff: true,
      })),
    ...(witness === undefined ? {} : { quorumDevice: { host: witness.address } }),
    pingTargets: [gateway, pingTarget],
    expectedVms: 20,
    // Each look at the ping targets is a dozen processes, on every node.
    tuning: { tokenMs: 1000, dcDeadtimeS: 2, pingIntervalS: 5, pingDampenS: 5 },
  };
}

export interface ClusterUpOptions {
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
  readonly withoutVms?: boolean;
}

/**
 * Makes the lab's nodes a cluster, by what sets up real servers too, and adds the example VMs that it does not
 * have. Repeated, it changes only what is missing.
 *
 * @throws HavenError what clusterInit throws; exec.failed with the words of `haven vm add`
 */
export async function bringUpCluster(
  state: LabState,
  { progress, signal, withoutVms = false }: ClusterUpOptions,
): Promise<void> {
  const nodes = labNodes(state.settings).map((node) => new LabNodeAccess(node));
  const [first] = nodes;
  if (first === undefined) return;
  const log = createLog(progress, "warn");
  const environment = { clock: systemClock, log, signal, progress };
  const witness = labWitness(state.settings);
  const options = witness === undefined ? {} : { quorumServer: new LabNodeAccess(witness) };
  await clusterInit(labClusterPlan(state), nodes, environment, options);
  if (withoutVms) return;
  const running = await first.run(["cibadmin", "--query", "--scope", "resources"], { signal });
  for (const [name, text] of Object.entries(examples)) {
    if (running.includes(`id="vm-${name}"`)) continue;
    progress(`Adding the virtual machine ${name}`);
    makeDisk(`${state.settings.dir}/shared/images/${name}.img`);
    const file = `${examplesDir}/${name}.yaml`;
    await first.writeFile(file, text);
    await first.run(["haven", "vm", "add", "--yes", "--quiet", file], { timeoutMs: 180_000, signal });
  }
}

function makeDisk(path: string): void {
  mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  if (existsSync(path)) return;
  const file = openSync(path, "wx", 0o600);
  ftruncateSync(file, diskBytes);
  closeSync(file);
}
