import { lstat } from "node:fs/promises";
import { logicalVolume } from "../contract/spec-disks.ts";
import { claimsOf } from "../vm/vm-claims.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { diskAliases } from "./disk-aliases.ts";
import type { Environment } from "./environment.ts";
import { pathProblem } from "./file-problems.ts";

/** Something of a VM that goes with it. */
export interface Deletion {
  readonly vm: string;
  readonly path: string;
  readonly kind: "file" | "volume" | "install";
}

/** Something that stays, and why, to be read after its path. */
export interface LeftDisk {
  readonly path: string;
  readonly why: string;
}

export interface PlannedDeletions {
  readonly deletions: readonly Deletion[];
  readonly left: readonly LeftDisk[];
}

/**
 * What of the disks of VMs would be deleted with them: files and logical volumes that are one VM's alone, and what was
 * made for it (seed, installer). Media that are only read, shared disks, what another VM of the cluster names too, and
 * what cannot be told to be one of these, stays.
 */
export async function planDeletions(
  environment: Pick<Environment, "isLive">,
  entries: readonly VmEntry[],
  names: readonly string[],
): Promise<PlannedDeletions> {
  const going = entries.filter(({ name }) => names.includes(name));
  const staying = entries.filter(({ name }) => !names.includes(name));
  const own = going.flatMap((entry) => disksOf(entry).map((disk) => ({ entry, ...disk })));
  const others = staying.flatMap(disksOf);
  const aliases = await diskAliases(
    environment,
    [...own, ...others].map(({ value }) => value),
  );
  const keys = (value: string): readonly string[] => [value, ...(aliases.get(value) ?? [])];
  const deletions: Deletion[] = [];
  const left: LeftDisk[] = [];
  const seen = new Set<string>();
  for (const { entry, owner, value, sharing } of own) {
    if (seen.has(value)) continue;
    seen.add(value);
    const mine = new Set(keys(value));
    const user = [...others, ...own.filter((disk) => disk.owner !== owner)].find((disk) =>
      keys(disk.value).some((key) => mine.has(key)),
    );
    const isSeed = entry.spec?.["cloud-init"]?.seed === value;
    const why =
      user === undefined ? await whyLeft(value, isSeed ? "none" : sharing) : `${user.owner} has it too`;
    if (why !== undefined) left.push({ path: value, why });
    else deletions.push({ vm: owner, path: value, kind: value.startsWith("/dev/") ? "volume" : "file" });
  }
  for (const { name, spec } of going) {
    const folder = spec?.install?.folder;
    if (folder === undefined || (await lstat(folder).catch(() => undefined)) === undefined) continue;
    const user = staying.find((other) => other.spec?.install?.folder === folder);
    if (user === undefined) deletions.push({ vm: name, path: folder, kind: "install" });
    else left.push({ path: folder, why: `${user.name} has it too` });
  }
  return { deletions, left };
}

/** Which of the planned deletions VMs of the cluster name, by any path. */
export async function namedDisks(
  environment: Pick<Environment, "isLive">,
  entries: readonly VmEntry[],
  { deletions }: Pick<PlannedDeletions, "deletions">,
): Promise<ReadonlyMap<string, string>> {
  const used = entries.flatMap(disksOf);
  const paths = [...used.map(({ value }) => value), ...deletions.map(({ path }) => path)];
  const aliases = await diskAliases(environment, paths);
  const keys = (value: string): readonly string[] => [value, ...(aliases.get(value) ?? [])];
  const found = new Map<string, string>();
  for (const { path } of deletions) {
    const mine = new Set(keys(path));
    const user = used.find(({ value }) => keys(value).some((key) => mine.has(key)));
    if (user !== undefined) found.set(path, user.owner);
  }
  return found;
}

interface OwnedDisk {
  readonly owner: string;
  readonly value: string;
  readonly sharing: "none" | "readonly" | "shareable";
}

/** By a VM's domain, and by its specification, should they say different things. */
function disksOf({ name, xml, spec }: VmEntry): readonly OwnedDisk[] {
  const claims = claimsOf(xml ?? "").flatMap(({ kind, value, sharing }): OwnedDisk[] =>
    kind === "disk" ? [{ owner: name, value, sharing }] : [],
  );
  const known = new Set(claims.map(({ value }) => value));
  const more = (spec?.disks ?? []).flatMap(({ file, block, iso, readonly, shareable }): OwnedDisk[] => {
    const value = file ?? block ?? iso;
    if (value === undefined || known.has(value)) return [];
    const isRead = iso !== undefined || readonly === true;
    return [{ owner: name, value, sharing: isRead ? "readonly" : shareable === true ? "shareable" : "none" }];
  });
  return [...claims, ...more];
}

async function whyLeft(
  path: string,
  sharing: "none" | "readonly" | "shareable",
): Promise<string | undefined> {
  if (sharing === "readonly") return "is only read";
  if (sharing === "shareable") return "is marked as shared";
  if (!path.startsWith("/")) return "is not on this node";
  if (path.startsWith("/dev/")) {
    if (logicalVolume(path) === undefined) return "is a device, and no logical volume by its name";
    return (await lstat(path).catch(() => undefined)) === undefined ? "is not there on this node" : undefined;
  }
  const why = await pathProblem(path, "file", true);
  return why === "is a directory" ? "is a folder" : why;
}
