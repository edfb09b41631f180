import { lstat, open } from "node:fs/promises";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isHavenError, printError } from "../base/errors.ts";
import type { CreateSpec } from "../contract/spec-create.ts";
import { logicalVolume } from "../contract/spec-disks.ts";
import type { DiskSpec } from "../contract/vm-spec.ts";
import { type ImageFacts, imageFacts, imageSpace } from "../host/storage/image-facts.ts";
import { ownerIds } from "../host/storage/owner.ts";
import { isoMaker } from "../host/storage/seed-image.ts";
import { type VolumeGroup, volumeBytes, volumeGroup } from "../host/storage/volume.ts";
import { seedFiles } from "../vm/cloud-seed.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { pathProblem } from "./file-problems.ts";
import { type Making, type MakingSource, sizeText } from "./making.ts";
import type { FieldProblem } from "./vm-plan.ts";

const mebibyte = 1024 * 1024;

/** What is to be made for a VM, and what is in the way of it. */
export interface PlannedMakings {
  readonly makings: readonly Making[];
  readonly problems: readonly FieldProblem[];
}

/** Paths of a VM's disks that are not there yet, since they are made with it. */
export function pathsToMake(spec: ResolvedSpec, before: ResolvedSpec | undefined): readonly string[] {
  return newDisks(spec, before).map(({ path }) => path);
}

interface NewDisk {
  readonly index: number;
  readonly disk: DiskSpec;
  readonly path: string;
  readonly create: CreateSpec;
}

/** What was made once is not made again. */
function newDisks(spec: ResolvedSpec, before: ResolvedSpec | undefined): readonly NewDisk[] {
  return (spec.disks ?? []).flatMap((disk, index) => {
    const path = disk.file ?? disk.block;
    if (disk.create === undefined || path === undefined || diskBefore(before, path) !== undefined) return [];
    return [{ index, disk, path, create: disk.create }];
  });
}

function diskBefore(before: ResolvedSpec | undefined, path: string): DiskSpec | undefined {
  return before?.disks?.find(({ file, block }) => (file ?? block) === path);
}

/**
 * Finds out what is to be made on this node for a VM, and whether it can be: targets that are not there yet, sources
 * that are images, volume groups. Makes nothing.
 *
 * @throws HavenError exec.missing where a program is needed that is not installed, interrupted
 */
export async function planMakings(
  vm: { readonly resolved: ResolvedSpec; readonly before: ResolvedSpec | undefined },
  signal: AbortSignal,
): Promise<PlannedMakings> {
  const { resolved, before } = vm;
  const problems: FieldProblem[] = changedCreates(resolved, before);
  const makings: Making[] = [];
  const steps = [
    ...newDisks(resolved, before).map((one) => () => planDisk(resolved.name, one, signal)),
    () => planSeed(resolved, before),
    () => planInstall(resolved, before),
  ];
  for (const step of steps) {
    const found = await step();
    if (found === undefined) continue;
    if ("what" in found) problems.push(found);
    else makings.push(found);
  }
  return { makings, problems };
}

/** A disk that is there is what it was made as, whatever the specification now says of its making. */
function changedCreates(spec: ResolvedSpec, before: ResolvedSpec | undefined): FieldProblem[] {
  return (spec.disks ?? []).flatMap(({ file, block, create }, i) => {
    const path = file ?? block;
    const had = path === undefined ? undefined : diskBefore(before, path)?.create;
    if (had === undefined || create === undefined || isDeepStrictEqual(had, create)) return [];
    const what = `expected what the disk was made with (${JSON.stringify(had)}), or nothing: it is there, and is not made again`;
    return [{ path: ["disks", i, "create"], what }];
  });
}

async function planDisk(vm: string, one: NewDisk, signal: AbortSignal): Promise<Making | FieldProblem> {
  const { index, disk, path, create } = one;
  const field = ["disks", index, "create"] as const;
  const from = create.copy ?? create.move;
  let source: MakingSource | undefined;
  if (from !== undefined) {
    const at = [...field, create.copy === undefined ? "move" : "copy"];
    const found = await readSource(from, create.move !== undefined, signal);
    if (typeof found === "string") return { path: at, what: `${from} ${found}` };
    source = { path: from, facts: found, moved: create.move !== undefined };
  }
  const size = create.size === undefined ? undefined : create.size * mebibyte;
  if (size !== undefined && source !== undefined && size < source.facts.virtualBytes) {
    const what = `expected at least ${sizeText(source.facts.virtualBytes)}, which ${source.path} has, found ${sizeText(size)}`;
    return { path: [...field, "size"], what };
  }
  const base = { vm, field, target: path, ...(source === undefined ? {} : { source }) };
  if (disk.block !== undefined)
    return await planVolume(base, size ?? source?.facts.virtualBytes ?? 0, signal);
  const taken = await targetProblem(path);
  if (taken !== undefined) return { path: ["disks", index, "file"], what: taken };
  const owner = create.owner === undefined ? undefined : await ownerIds(create.owner);
  if (create.owner !== undefined && owner === undefined) {
    return { path: [...field, "owner"], what: `expected a user that this node knows, found ${create.owner}` };
  }
  const format = disk.format ?? (path.endsWith(".qcow2") ? "qcow2" : "raw");
  return {
    kind: "file",
    ...base,
    format,
    bytes: await fileBytes({ format, source, size, preallocation: create.preallocation }, signal),
    preallocation: create.preallocation,
    ...(size === undefined ? {} : { size }),
    ...(owner === undefined ? {} : { owner }),
    ...(create.mode === undefined ? {} : { mode: Number.parseInt(create.mode, 8) }),
  };
}

interface FileSize {
  readonly format: string;
  readonly source: MakingSource | undefined;
  readonly size: number | undefined;
  readonly preallocation: string | undefined;
}

async function fileBytes(
  { format, source, size, preallocation }: FileSize,
  signal: AbortSignal,
): Promise<number> {
  const of = source === undefined ? { bytes: size ?? 0 } : { path: source.path, format: source.facts.format };
  const { required, full } = await imageSpace(format, of, signal);
  if (preallocation === "falloc" || preallocation === "full") {
    return Math.max(full, size ?? 0);
  }
  // A raw file without data takes nothing until it is written to.
  return source === undefined && format === "raw" ? 0 : required;
}

/** Why nothing can be made at a path; undefined where it can. */
async function targetProblem(path: string): Promise<string | undefined> {
  const folder = await pathProblem(dirname(path), "directory", true);
  if (folder !== undefined) return `${dirname(path)} ${folder}`;
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return undefined;
  return `expected a path where nothing is yet, found ${path}, which exists: to use it as it is, leave create out`;
}

/** @returns what the image says of itself, or why it cannot be taken, to be read after its path */
async function readSource(path: string, moved: boolean, signal: AbortSignal): Promise<ImageFacts | string> {
  const why = await pathProblem(path, moved ? "file" : "image", moved);
  if (why !== undefined) return moved ? why.replace("use block", "use copy") : why;
  try {
    const facts = await imageFacts(path, signal);
    if (facts.outside === undefined) return facts;
    return `is an image that takes a part of its disk from ${facts.outside}: make it whole first (qemu-img convert)`;
  } catch (error) {
    if (!isHavenError(error, "disk.failed")) throw error;
    return `cannot be read as an image: ${String(error.payload.why)}`;
  }
}

async function planVolume(
  base: { readonly vm: string; readonly field: readonly PropertyKey[]; readonly target: string },
  bytes: number,
  signal: AbortSignal,
): Promise<Making | FieldProblem> {
  const path = [...base.field.slice(0, -1), "block"];
  const { group, volume } = logicalVolume(base.target) ?? { group: "", volume: "" };
  let found: VolumeGroup | undefined;
  try {
    found = await volumeGroup(group, { signal });
  } catch (error) {
    if (!isHavenError(error, "disk.failed")) throw error;
    return { path, what: `the volume group ${group} cannot be read: ${printError(error)}` };
  }
  if (found === undefined) {
    return {
      path,
      what: `expected a volume group of this node, found ${group}, which it has not (see: vgs)`,
    };
  }
  if (found.volumes.includes(volume)) {
    const what = `expected a volume that is not there yet, found ${volume} in ${group}: to use it as it is, leave create out`;
    return { path, what };
  }
  const whole = volumeBytes(bytes, found);
  return { kind: "volume", ...base, group, volume, bytes: whole, groupFree: found.freeBytes };
}

async function planSeed(
  spec: ResolvedSpec,
  before: ResolvedSpec | undefined,
): Promise<Making | FieldProblem | undefined> {
  const target = spec["cloud-init"]?.seed;
  if (target === undefined) return undefined;
  const had = before?.["cloud-init"]?.seed === target ? before : undefined;
  const files = await seedFiles(spec);
  if (had !== undefined && isDeepStrictEqual(await seedFiles(had), files)) return undefined;
  const problem =
    had === undefined ? await targetProblem(target) : await pathProblem(dirname(target), "directory", true);
  if (problem !== undefined)
    return { path: ["cloud-init"], what: problem.replace("leave create out", "remove it") };
  isoMaker();
  const base = { vm: spec.name, field: ["cloud-init"], target, bytes: mebibyte };
  return { kind: "seed", ...base, files, replaces: had !== undefined };
}

async function planInstall(
  spec: ResolvedSpec,
  before: ResolvedSpec | undefined,
): Promise<Making | FieldProblem | undefined> {
  const { install } = spec;
  if (install?.folder === undefined) return undefined;
  if (before !== undefined) {
    // A VM that is there is installed as a rule: nothing wipes its disk from here.
    if (isDeepStrictEqual(before.install, install)) return undefined;
    const what = "expected what the VM was added with, or nothing: only a new VM is installed";
    return { path: ["install"], what };
  }
  let bytes = mebibyte;
  for (const name of ["from", "kernel", "initrd", "preseed"] as const) {
    const path = install[name];
    if (path === undefined) continue;
    const why = await pathProblem(path, "linked", false);
    if (why !== undefined) return { path: ["install", name], what: `${path} ${why}` };
    if (name !== "from") bytes += (await lstat(path)).size;
  }
  const target = install.folder;
  const taken = await targetProblem(target);
  if (taken !== undefined) {
    const what = taken.replace(
      "to use it as it is, leave create out",
      "a VM that is installed already needs no install",
    );
    return { path: ["install"], what };
  }
  const filled = await filledDisk(spec);
  if (filled !== undefined) return filled;
  return { kind: "install", vm: spec.name, field: ["install"], target, bytes, install };
}

/** An installer that asks nobody writes over what it finds: the disk that is there has to be empty. */
async function filledDisk(spec: ResolvedSpec): Promise<FieldProblem | undefined> {
  for (const [i, disk] of (spec.disks ?? []).entries()) {
    const path = disk.file ?? disk.block;
    if (path === undefined || disk.readonly === true) continue;
    const name = disk.file === undefined ? "block" : "file";
    const field = ["disks", i, name];
    if (disk.create !== undefined) {
      if ((disk.create.copy ?? disk.create.move) === undefined) continue;
      return {
        path: ["disks", i, "create"],
        what: "expected a new, empty disk beside install, found a copy",
      };
    }
    const head = await readHead(path);
    if (head === undefined || head.every((byte) => byte === 0)) continue;
    const what = `expected an empty disk beside install, found ${path} with something on it`;
    return { path: field, what };
  }
  return undefined;
}

/** The first MiB of a file or device, where partition tables and file systems begin, and qcow2's head. */
async function readHead(path: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(path, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(mebibyte), 0, mebibyte, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    // Other checks say that it is not there.
    return undefined;
  }
}
