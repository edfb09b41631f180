import { isDeepStrictEqual } from "node:util";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { type MadeThing, makeThing } from "./make-thing.ts";
import type { Making } from "./making.ts";
import { unseenElsewhere } from "./seen-elsewhere.ts";

export interface MadeFor {
  readonly makings: readonly Making[];
  /** The VMs as the change makes them. */
  readonly vms: readonly ResolvedSpec[];
  /** "added": what did not happen when it fails. */
  readonly done: string;
}

/**
 * Commits a change with the disks that it needs: `commit` calls its argument when everything is agreed and before
 * anything is written. What was made stays if the change was written, and is taken away again if it was not. Where it
 * cannot be known whether it was, it stays: a disk that a VM may be using is never removed.
 *
 * @throws HavenError disk.undone, vm.interrupted, both after what was made was taken away, besides what `commit` throws
 */
export async function withMadeDisks<T extends { readonly committed: boolean }>(
  environment: Environment,
  what: MadeFor,
  commit: (make: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const made: MadeThing[] = [];
  let complete = false;
  const make = async (): Promise<void> => {
    if (complete || what.makings.length === 0) return;
    for (const making of what.makings) {
      if (environment.signal.aborted) throw new HavenError("interrupted");
      made.push(await makeThing(environment, making));
    }
    await checkElsewhere(environment, what);
    complete = true;
    environment.progress("Writing the configuration");
  };
  let result: T;
  try {
    result = await commit(make);
  } catch (error) {
    if (complete && (await isWritten(environment, what, error))) {
      await keepAll(environment, made);
      throw error;
    }
    throw await undone(made, what.done, error, complete || made.length > 0 || isMaking(error));
  }
  if (result.committed) await keepAll(environment, made);
  else await undoAll(made);
  return result;
}

function isMaking(error: unknown): boolean {
  return isHavenError(error, "disk.failed") || isHavenError(error, "interrupted");
}

/** What is made has to be where the other nodes see it: a folder of the same name may be another one there. */
async function checkElsewhere(environment: Environment, { makings, vms }: MadeFor): Promise<void> {
  const needs = vms.map((spec) => ({
    spec,
    paths: makings
      .filter(({ vm, kind }) => vm === spec.name && kind !== "volume")
      .map(({ target }) => target),
  }));
  const [first] = await unseenElsewhere(environment, needs);
  if (first === undefined) return;
  throw new HavenError("disk.failed", { path: first.path, why: first.why });
}

async function keepAll({ log }: Environment, made: readonly MadeThing[]): Promise<void> {
  for (const thing of made) {
    try {
      await thing.keep();
    } catch (error) {
      log.warn(`${thing.target} was made, and not everything around it is tidied up: ${printError(error)}`);
    }
  }
}

/** @returns what could not be taken away */
async function undoAll(made: readonly MadeThing[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const thing of made.toReversed()) {
    try {
      await thing.undo();
    } catch (error) {
      left.push(`${thing.target} (${printError(error).split("\n")[0]})`);
    }
  }
  return left;
}

async function undone(
  made: readonly MadeThing[],
  done: string,
  error: unknown,
  wasMaking: boolean,
): Promise<unknown> {
  const left = await undoAll(made);
  if (!wasMaking) return error;
  const text = left.length === 0 ? "removed again" : `removed again, but for ${left.join(", ")}`;
  if (isHavenError(error, "interrupted") || isHavenError(error, "vm.interrupted")) {
    const what = `nothing was ${done}, and what had been made for it is ${text}`;
    return new HavenError("vm.interrupted", { what }, { cause: error });
  }
  return new HavenError("disk.undone", { done, undone: text }, { cause: error });
}

/** Errors after which the change is certainly not in the configuration. */
const definite = [
  "pacemaker.conflict",
  "pacemaker.rejected",
  "vm.declined",
  "vm.refused",
  "cib.reference",
] as const;

/** Whether the configuration has the VMs, or names what was made for them; true where that cannot be known. */
async function isWritten(
  { pacemaker }: Environment,
  { vms, makings }: MadeFor,
  error: unknown,
): Promise<boolean> {
  const fresh = makings.filter((making) => making.kind !== "seed" || !making.replaces);
  const isThere = async (): Promise<boolean> => {
    const entries = vmsInCib(Cib.parse(await pacemaker.queryCib({ timeoutMs: 30_000 })));
    const specs = new Map(entries.map(({ name, spec }) => [name, spec]));
    const text = JSON.stringify([...specs.values()]);
    return (
      vms.some((spec) => isDeepStrictEqual(specs.get(spec.name), spec)) ||
      fresh.some(({ target }) => text.includes(JSON.stringify(target)))
    );
  };
  try {
    if (definite.some((code) => isHavenError(error, code))) return await isThere();
    // A request that was sent may be on its way yet.
    return (await poll(isThere, { timeoutMs: 5000, intervalMs: 500 })) === true;
  } catch {
    return true;
  }
}
