import { constants } from "node:fs";
import { access, lstat, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { VmSpec } from "../contract/vm-spec.ts";
import { wholeFiles } from "../vm/whole-files.ts";

/** What is wrong with a file that a specification names. */
export interface FileProblem {
  /** The field: ["disks", 0, "file"]. */
  readonly field: readonly PropertyKey[];
  /** To be read after the path: "does not exist". */
  readonly why: string;
  readonly path: string;
}

/**
 * Checks on this node what a specification's disks, kernel, initrd, firmware, TPM and container root name. A disk's path may
 * not lead through a symbolic link: QEMU on the other node of a live migration could open another file.
 *
 * @param toMake Paths of disks that are made yet
 */
export async function fileProblems(
  spec: VmSpec,
  toMake: readonly string[] = [],
): Promise<readonly FileProblem[]> {
  const { whole } = spec.xml ?? {};
  if (whole === undefined) return await problemsOf(spec, toMake);
  const field = ["xml", "whole"];
  return (await problemsOf(wholeFiles(whole))).map((found) => ({ ...found, field }));
}

async function problemsOf(
  spec: Omit<VmSpec, "name" | "memory">,
  toMake: readonly string[] = [],
): Promise<readonly FileProblem[]> {
  const checks: Promise<FileProblem | undefined>[] = [];
  for (const [i, disk] of (spec.disks ?? []).entries()) {
    const { file, block, iso } = disk;
    const write = disk.readonly !== true;
    if (toMake.includes(file ?? block ?? "")) continue;
    if (file !== undefined) checks.push(problem(["disks", i, "file"], file, "file", write));
    if (block !== undefined) checks.push(problem(["disks", i, "block"], block, "block", write));
    if (iso !== undefined && iso !== "none") checks.push(problem(["disks", i, "iso"], iso, "file", false));
  }
  const { kernel, initrd } = spec.boot ?? {};
  if (kernel !== undefined) checks.push(problem(["boot", "kernel"], kernel, "linked", false));
  if (initrd !== undefined) checks.push(problem(["boot", "initrd"], initrd, "linked", false));
  // They are made where they are not yet, in a folder that is there.
  const { nvram } = spec.firmware ?? {};
  if (nvram !== undefined) checks.push(problem(["firmware", "nvram"], dirname(nvram), "directory", true));
  const { state = "libvirt" } = spec.tpm ?? {};
  if (state !== "libvirt") checks.push(problem(["tpm", "state"], dirname(state), "directory", true));
  const root = spec.container?.root;
  if (root !== undefined) checks.push(problem(["container", "root"], root, "directory", false));
  return (await Promise.all(checks)).filter((found) => found !== undefined);
}

type Kind = "file" | "block" | "image" | "linked" | "directory";

async function problem(
  field: readonly PropertyKey[],
  path: string,
  kind: Kind,
  write: boolean,
): Promise<FileProblem | undefined> {
  const why = await pathProblem(path, kind, write);
  return why === undefined ? undefined : { field, path, why };
}

/**
 * Why a path is not of the kind that is needed, to be read after it; undefined where it is.
 *
 * @param kind `image`: a file or a block device; `linked`: a file, to which a symbolic link may lead
 */
export async function pathProblem(path: string, kind: Kind, write: boolean): Promise<string | undefined> {
  try {
    if (kind !== "linked") {
      const link = await firstLink(path);
      if (link === path) return "is a symbolic link: give the path that it leads to";
      if (link !== undefined)
        return `leads through the symbolic link ${link}: give the path that it leads to`;
    }
    await access(path, constants.R_OK | (write ? constants.W_OK : 0));
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      if (kind === "directory") return facts.isDirectory() ? undefined : "is not a directory";
      if (facts.isDirectory()) return "is a directory";
      if (kind === "block") return facts.isBlockDevice() ? undefined : "is not a block device: use file";
      if (kind === "image" && facts.isBlockDevice()) return undefined;
      if (facts.isBlockDevice())
        return kind === "linked" ? "is a block device" : "is a block device: use block";
      return facts.isFile() ? undefined : "is neither a file nor a block device";
    } finally {
      await handle.close();
    }
  } catch (cause) {
    return errnoText(cause, write);
  }
}

/** The first part of a path that is a symbolic link. */
async function firstLink(path: string): Promise<string | undefined> {
  const parts = path.split("/").filter((part) => part !== "");
  for (let i = 1; i <= parts.length; i++) {
    const prefix = `/${parts.slice(0, i).join("/")}`;
    if ((await lstat(prefix)).isSymbolicLink()) return prefix;
  }
  return undefined;
}

function errnoText(cause: unknown, write: boolean): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  if (code === "ENOENT") return "does not exist";
  if (code === "ENOTDIR") return "does not exist: a part of the path is a file";
  if (code === "EACCES" || code === "EPERM") return `cannot be read${write ? " and written" : ""}`;
  if (code === "EROFS") return "is on a file system that is mounted read-only";
  return `cannot be opened: ${code}`;
}
