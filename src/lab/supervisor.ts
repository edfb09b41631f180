import { rmSync } from "node:fs";
import { HavenError } from "../base/errors.ts";
import { spawnDetached } from "../base/exec.ts";
import { poll } from "../base/poll.ts";
import { supervisorFace } from "./bin.ts";
import { startBmcSimulator } from "./bmc/simulator.ts";
import { startChassisSimulator } from "./chassis/simulator.ts";
import type { PowerHooks } from "./device/power-hooks.ts";
import { labBmcs } from "./lab-bmc.ts";
import { labChassis } from "./lab-chassis.ts";
import { labPdu } from "./lab-pdu.ts";
import { LabNodeAccess } from "./node-access.ts";
import { isNodeOn } from "./node-process.ts";
import { startPduSimulator } from "./pdu/simulator.ts";
import { powerOff, powerOn, resetNode } from "./power.ts";
import { killProcess, livingProcess, processIdentity, readIfThere } from "./process.ts";
import { labNodes } from "./settings.ts";
import { type LabState, readState, writeWhole } from "./state.ts";
import { startWatchdog } from "./watchdog.ts";

function pidPath(dir: string): string {
  return `${dir}/supervisor.pid`;
}

/** True while the lab's supervisor runs. */
export function isSupervised(dir: string): boolean {
  return livingProcess(pidPath(dir)) !== undefined;
}

/**
 * The background process of a lab: it is the fence devices and the nodes' watchdogs, and switches nodes when one of
 * them is told to, or is not fed.
 * Called with the lab's directory; returns when it is told to end.
 */
export async function supervisorMain(words: readonly string[]): Promise<number> {
  const [dir] = words;
  const state = dir === undefined ? undefined : readState(dir);
  const own = processIdentity(process.pid);
  if (dir === undefined || state === undefined || own === undefined) {
    process.stderr.write(`${supervisorFace}: expected the directory of a lab\n`);
    return 2;
  }
  const ended = new Promise<void>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve());
  });
  const running: { close(): Promise<void> }[] = [];
  const hooks = powerHooks(state);
  for (const chassis of labChassis(state)) {
    if (chassis.slots.length === 0) continue;
    running.push(
      await startChassisSimulator({
        model: chassis.model,
        address: chassis.address,
        slots: chassis.slots.map(({ slot, node }) => ({ slot, host: node.name })),
        hooks,
        ...(chassis.community === undefined ? {} : { communities: [chassis.community] }),
        ...(chassis.user === undefined ? {} : { users: [chassis.user] }),
        logPath: chassis.logPath,
        controlPath: chassis.controlPath,
      }),
    );
  }
  const { outlets, ...pdu } = labPdu(state);
  const plugged = outlets.map(({ outlet, node }) => ({ outlet, host: node.name }));
  running.push(await startPduSimulator({ ...pdu, communities: [pdu.community], outlets: plugged, hooks }));
  for (const bmc of labBmcs(state)) {
    const { image = "" } = state;
    running.push(await startBmcSimulator({ ...bmc, host: bmc.node.name, hooks, image, labDir: dir }));
  }
  const { watchdog } = state.settings;
  for (const node of watchdog > 0 ? labNodes(state.settings) : []) {
    running.push(
      await startWatchdog({
        node,
        timeoutMs: watchdog * 1000,
        reset: async () => await resetNode(state, node),
        say: (text) => process.stderr.write(`${new Date().toISOString()} ${text}\n`),
      }),
    );
  }
  writeWhole(pidPath(dir), `${own.pid} ${own.started} ${own.boot}\n`);
  await ended;
  for (const device of running) await device.close();
  return 0;
}

/** What the devices can do to nodes. The button asks the node's init for a clean shutdown. */
function powerHooks(state: LabState): PowerHooks {
  const nodes = new Map(labNodes(state.settings).map((node) => [node.name, node]));
  const find = (host: string) => {
    const node = nodes.get(host);
    if (node === undefined)
      throw new HavenError("lab.node-unknown", { name: host, nodes: [...nodes.keys()] });
    return node;
  };
  return {
    powerOff: async (host) => await powerOff(find(host)),
    powerOn: async (host) => await powerOn(state, find(host)),
    softOff: async (host) => {
      const access = new LabNodeAccess(find(host));
      await access.exec(["systemctl", "poweroff"], { timeoutMs: 600_000 });
    },
    isOn: (host) => isNodeOn(find(host)),
  };
}

/**
 * Starts the supervisor unless it runs, and waits until its devices answer.
 *
 * @throws HavenError lab.failed with its last words
 */
export async function ensureSupervisor(dir: string): Promise<void> {
  if (isSupervised(dir)) return;
  const log = `${dir}/supervisor.log`;
  rmSync(pidPath(dir), { force: true });
  const pid = spawnDetached([`${dir}/bin/${supervisorFace}`, dir], { outputFile: log });
  const outcome = await poll(
    () => isSupervised(dir) || (processIdentity(pid) === undefined ? "ended" : undefined),
    { timeoutMs: 15_000, intervalMs: 10 },
  );
  if (outcome !== true) {
    const why = (readIfThere(log) ?? "").trim().split("\n").slice(-3).join("; ");
    throw new HavenError("lab.failed", { what: "The lab's supervisor did not start", why });
  }
}

/** Ends the supervisor; from then on no device switches a node. */
export async function endSupervisor(dir: string): Promise<void> {
  const identity = livingProcess(pidPath(dir));
  if (identity !== undefined) await killProcess(identity);
  rmSync(pidPath(dir), { force: true });
}
