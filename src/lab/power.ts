import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { HavenError } from "../base/errors.ts";
import { spawnDetached } from "../base/exec.ts";
import { poll } from "../base/poll.ts";
import { removeControlGroups } from "./control-groups.ts";
import { entrants } from "./entrants.ts";
import { readFaults } from "./fault-record.ts";
import { withLock } from "./lock.ts";
import { addLink, ensureLink, removeLink } from "./network.ts";
import { hasPower, nodeProcess } from "./node-process.ts";
import { isCalled, nodeProcesses } from "./node-processes.ts";
import { isAlive, killProcess, signalProcess } from "./process.ts";
import { type LabNode, labAddresses } from "./settings.ts";
import type { LabState } from "./state.ts";

async function withNodeLock<T>(node: LabNode, work: () => Promise<T>): Promise<T> {
  return await withLock(`${node.dir}/lock`, { what: node.name }, work);
}

/**
 * Cuts a node's power: all its processes die at once, with what was in its memory. Its disk stays. It is dead
 * when the promise resolves. Harmless when it is off.
 *
 * @throws HavenError lab.failed when a process of it does not die
 */
export async function powerOff(node: LabNode): Promise<void> {
  await withNodeLock(node, async () => {
    await cutPower(node);
  });
}

/** As powerOff, for a caller that has the node to itself. */
export async function cutPower(node: LabNode): Promise<void> {
  const identity = nodeProcess(node);
  const waiting = entrants(node);
  // The kernel kills all of a process namespace with its process 1, which is reaped last.
  const killing = identity === undefined ? undefined : killProcess(identity);
  for (const entrant of waiting) signalProcess(entrant, "SIGCONT");
  if (identity !== undefined && (await killing) !== true) {
    throw new HavenError("lab.failed", {
      what: `${node.name} did not die`,
      why: `process ${identity.pid} stays`,
    });
  }
  removeControlGroups(node);
  await removeLink(node);
  rmSync(`${node.dir}/pid`, { force: true });
}

/**
 * Gives a node power: it boots. Resolves when the boot has begun and its link is there; `awaitBoot` waits for its
 * end. On a node that is on it brings back its link where that is missing.
 *
 * @throws HavenError lab.failed with the last words of the boot
 */
export async function powerOn(lab: LabState, node: LabNode): Promise<void> {
  await withNodeLock(node, async () => {
    const running = nodeProcess(node);
    if (running === undefined) await boot(lab, node);
    else await ensureLink(lab.settings, node, running.pid);
  });
}

/**
 * What a watchdog does to a node, and reboot(2) within it: the node dies and boots again, in one, so that no fence
 * device comes between. One whose power was cut stays off.
 *
 * @returns whether it had power
 * @throws HavenError lab.failed
 */
export async function resetNode(lab: LabState, node: LabNode): Promise<boolean> {
  let had = false;
  await withNodeLock(node, async () => {
    had = hasPower(node);
    if (!had) return;
    await cutPower(node);
    await boot(lab, node);
  });
  return had;
}

async function boot(lab: LabState, node: LabNode): Promise<void> {
  const { image, settings } = lab;
  if (image === undefined)
    throw new HavenError("lab.failed", { what: "No boot", why: "the lab has no image yet" });
  const log = `${node.dir}/boot.log`;
  rmSync(`${node.dir}/pid`, { force: true });
  // overlayfs refuses a work directory that an unclean end left in use.
  rmSync(`${node.dir}/work`, { recursive: true, force: true });
  for (const name of ["upper", "work", "root"]) mkdirSync(`${node.dir}/${name}`, { recursive: true });
  const { bits, gateway } = labAddresses(settings);
  const script = ["/bin/sh", `${settings.dir}/bin/boot`, image, node.dir, settings.dir];
  const about = [node.name, `${node.address}/${bits}`, gateway];
  const namespaces = ["--mount", "--net", "--ipc", "--uts", "--pid", "--fork"];
  const parent = spawnDetached(["unshare", ...namespaces, "--", ...script, ...about], { outputFile: log });
  const identity = await poll(
    () => nodeProcess(node) ?? (existsSync(`/proc/${parent}`) ? undefined : "ended"),
    {
      timeoutMs: 10_000,
      intervalMs: 5,
    },
  );
  if (identity === undefined || identity === "ended") throw bootFailed(node);
  await addLink(settings, node, identity.pid);
  if (readFaults(settings.dir).pausedStorage.includes(node.name)) {
    await pauseStorageAtBoot(node, identity.pid);
  }
  if (!isAlive(identity)) throw bootFailed(node);
}

/** A storage server that is dead stays so for a node that boots: its end here stops when the mount is there. */
async function pauseStorageAtBoot(node: LabNode, pid: number): Promise<void> {
  const mounted = () => existsSync(`/proc/${pid}/root/run/haven-lab/storage`);
  await poll(mounted, { timeoutMs: 15_000, intervalMs: 10 });
  for (const process of nodeProcesses(node))
    if (isCalled(process, "storage")) signalProcess(process, "SIGSTOP");
}

function bootFailed(node: LabNode, when = "it ended"): HavenError {
  const log = existsSync(`${node.dir}/boot.log`) ? readFileSync(`${node.dir}/boot.log`, "utf8") : "";
  const why = `${when}; its last words: ${log.trim().split("\n").slice(-3).join("; ") || "none"}`;
  return new HavenError("lab.failed", { what: `${node.name} did not boot`, why });
}

/**
 * Waits until a node has booted: its enabled units are started.
 *
 * @throws HavenError lab.failed, interrupted
 */
export async function awaitBoot(
  node: LabNode,
  options: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const booted = await poll(
    () => {
      const identity = nodeProcess(node);
      if (identity === undefined) throw bootFailed(node);
      return existsSync(`/proc/${identity.pid}/root/run/haven-lab/booted`);
    },
    { timeoutMs, intervalMs: 50, ...(options.signal === undefined ? {} : { signal: options.signal }) },
  );
  if (booted !== true) {
    throw bootFailed(node, `not within ${timeoutMs / 1000} s`);
  }
}
