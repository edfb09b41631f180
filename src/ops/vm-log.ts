import { basename, dirname } from "node:path";
import { consoleEndsPath, parseConsoleEnds } from "../base/console-ends.ts";
import { HavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import { consoleLogPath } from "../vm/vm-paths.ts";
import type { Environment } from "./environment.ts";
import { findCopies } from "./find-copies.ts";
import { followLog } from "./follow-log.ts";
import { joinConsoleLogs, type LogPiece, type NodeLog } from "./join-console-logs.ts";
import { driverOf } from "./libvirt-driver.ts";
import { oneVm } from "./locate-vm.ts";
import { type LogFolder, openLogFolder } from "./log-folder.ts";
import { readVmCluster } from "./vm-views.ts";

/** What `vmLog` gives: first what was printed so far, then, where it follows, what is printed from then on. */
export type LogPart =
  | {
      readonly kind: "past";
      readonly name: string;
      readonly pieces: readonly LogPiece[];
      /** Nodes that could not be asked: what the VM printed there is not in it. */
      readonly silent: readonly string[];
    }
  | { readonly kind: "new"; readonly node: string; readonly bytes: Uint8Array };

export interface VmLogOptions {
  readonly name: string;
  /** Go on with what is printed from then on, wherever the VM is, until the environment's signal is aborted. */
  readonly follow: boolean;
}

/** virtlogd renames a full log to .0, and so on; it keeps 3 unless its configuration says more. */
const mostRotated = 20;

/**
 * The console log of a VM, joined over all nodes that are online. Each node keeps what the VM printed while it was
 * there; this reads the files of all of them, of other nodes through their libvirt.
 *
 * @throws HavenError vm.not-found, vm.refused where there is no log, usage, pacemaker.no-file-action, interrupted
 */
export async function* vmLog(
  environment: Environment,
  options: VmLogOptions,
): AsyncGenerator<LogPart, void, void> {
  const { vms, status } = await readVmCluster(environment);
  const vm = oneVm(vms, options.name);
  if (!environment.isLive) throw new HavenError("pacemaker.no-file-action", { what: "haven vm log" });
  const nodes = status.nodes.filter((node) => node.online).map((node) => node.name);
  const silent = status.nodes.filter((node) => !node.online).map((node) => node.name);
  const path = consoleLogPath(vm.name);
  const folders = new Map<string, LogFolder>();
  try {
    const running = await runsOn(environment, vm);
    const logs: NodeLog[] = [];
    await Promise.all(
      nodes.map(async (node) => {
        try {
          const folder = await openLogFolder(environment, node, dirname(path));
          folders.set(node, folder);
          logs.push(await readNodeLog(folder, path, { node, runs: node === running }));
        } catch (error) {
          environment.log.warn(`The console log on ${node} cannot be read: ${String(error)}`);
          silent.push(node);
        }
      }),
    );
    const pieces = joinConsoleLogs(logs);
    if (pieces.length === 0 && !options.follow) throw noLog(vm, silent);
    yield { kind: "past", name: vm.name, pieces, silent: silent.sort() };
    if (options.follow) yield* followLog(environment, { vm, path, folders, logs, running });
  } finally {
    await Promise.all([...folders.values()].map((folder) => folder.close()));
  }
}

/** The node where it runs as the cluster says, where libvirt says so too. */
async function runsOn(environment: Environment, vm: VmView): Promise<string | undefined> {
  if (vm.uuid === undefined) return vm.nodes[0];
  const { found } = await findCopies(environment, vm.uuid, vm.nodes, driverOf(vm));
  return found.find((copy) => copy.active)?.node;
}

async function readNodeLog(
  folder: LogFolder,
  path: string,
  place: Pick<NodeLog, "node" | "runs">,
): Promise<NodeLog> {
  const name = basename(path);
  const decoder = new TextDecoder();
  const notes = await folder.read(basename(consoleEndsPath(path)));
  const files: Uint8Array[] = [];
  // The newest first: one that is renamed meanwhile is read twice then, which shows, and not left out, which does not.
  for (let i = -1; i < mostRotated; i++) {
    const bytes = await folder.read(i === -1 ? name : `${name}.${i}`);
    const [newer] = files;
    if (bytes !== undefined && newer !== undefined && isBeginOf(newer, bytes)) files[0] = bytes;
    else if (bytes !== undefined) files.unshift(bytes);
    else if (i >= 0) break;
  }
  return {
    ...place,
    files,
    ends: parseConsoleEnds(decoder.decode(notes)),
    modified: (await folder.modified(name)) ?? 0,
  };
}

function isBeginOf(begin: Uint8Array, whole: Uint8Array): boolean {
  return begin.length > 0 && Buffer.from(whole.subarray(0, begin.length)).equals(begin);
}

function noLog(vm: VmView, silent: readonly string[]): HavenError {
  const elsewhere = silent.length === 0 ? "" : ` that can be asked (not on ${silent.join(", ")})`;
  return new HavenError("vm.refused", {
    name: vm.name,
    why: `has no console log on any node${elsewhere}`,
    hint: "It is kept from the VM's start on, unless its specification says console: {log: false}",
  });
}
