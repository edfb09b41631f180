import { basename } from "node:path";
import { isHavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Environment } from "./environment.ts";
import { findCopies } from "./find-copies.ts";
import type { NodeLog } from "./join-console-logs.ts";
import { driverOf } from "./libvirt-driver.ts";
import { findGuest } from "./locate-vm.ts";
import type { LogFolder } from "./log-folder.ts";
import { LogTail } from "./log-tail.ts";

export interface FollowOptions {
  readonly vm: VmView;
  readonly path: string;
  readonly folders: ReadonlyMap<string, LogFolder>;
  /** What was read so far: it goes on after that. */
  readonly logs: readonly NodeLog[];
  /** Where the VM runs at first. */
  readonly running: string | undefined;
}

const pollMs = 400;
/** After the guest has gone, virtlogd may still write what it has read of it. */
const quietPolls = 2;

/**
 * What a VM prints from now on. The log of the node where it runs is read; when it has gone from there, the rest of
 * that log is, and then that of the node where it is: so nothing is lost, doubled, or out of order. Ends only with the
 * environment's signal.
 */
export async function* followLog(
  environment: Environment,
  options: FollowOptions,
): AsyncGenerator<{ readonly kind: "new"; readonly node: string; readonly bytes: Uint8Array }, void, void> {
  const { vm, path, folders } = options;
  const { clock, signal } = environment;
  const tails = new Map(
    [...folders].map(([node, folder]) => {
      const read = options.logs.find((log) => log.node === node)?.files.at(-1);
      return [node, new LogTail(folder, basename(path), read)] as const;
    }),
  );
  let node = options.running;
  for (;;) {
    if (node === undefined) {
      const { copy } = await findGuest(environment, vm, [...folders.keys()]);
      node = copy?.node;
      if (node === undefined || !tails.has(node)) {
        node = undefined;
        await clock.sleep(pollMs, signal);
        continue;
      }
    }
    // Asked before it is read: what it printed until then is in the log, or on its way there.
    const stays = await isThere(environment, vm, node);
    let quiet = 0;
    do {
      const bytes = await freshOf(tails.get(node));
      if (bytes.length > 0) yield { kind: "new", node, bytes };
      quiet = bytes.length > 0 ? 0 : quiet + 1;
      await clock.sleep(pollMs, signal);
    } while (!stays && quiet < quietPolls);
    if (!stays) node = undefined;
  }
}

/** Nothing where the node cannot be asked now: it is asked again, or the VM is found elsewhere. */
async function freshOf(tail: LogTail | undefined): Promise<Uint8Array> {
  try {
    return (await tail?.next()) ?? new Uint8Array();
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    return new Uint8Array();
  }
}

async function isThere(environment: Environment, vm: VmView, node: string): Promise<boolean> {
  const { found } = await findCopies(environment, vm.uuid ?? "", [node], driverOf(vm));
  return found.some((copy) => copy.active);
}
