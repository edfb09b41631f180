import { HavenError, isHavenError } from "../../base/errors.ts";
import { run } from "../../base/exec.ts";

/** What a volume group has to give. */
export interface VolumeGroup {
  readonly freeBytes: number;
  readonly extentBytes: number;
  /** The names of its volumes. */
  readonly volumes: readonly string[];
}

export interface VolumeOptions {
  readonly signal?: AbortSignal;
  /** Words for LVM that go before its own, such as a configuration. */
  readonly words?: readonly string[];
}

/** The arguments that make a logical volume. It is cleared at its start, so that nothing old is found in it. */
export function createVolumeWords(group: string, volume: string, bytes: number): readonly string[] {
  const name = ["--name", volume, "--size", `${bytes}b`];
  return ["lvcreate", "--yes", "--wipesignatures", "y", "--zero", "y", ...name, "--", group];
}

/** The arguments that remove a logical volume; LVM refuses one that is in use. */
export function removeVolumeWords(group: string, volume: string): readonly string[] {
  return ["lvremove", "--yes", "--", `${group}/${volume}`];
}

/** A volume's size: whole extents. */
export function volumeBytes(bytes: number, { extentBytes }: Pick<VolumeGroup, "extentBytes">): number {
  return Math.ceil(bytes / extentBytes) * extentBytes;
}

/**
 * Asks LVM for a volume group. Source: lvmreport(7), `--reportformat json`.
 *
 * @returns undefined when there is none of that name
 * @throws HavenError exec.missing, disk.failed, interrupted
 */
export async function volumeGroup(
  group: string,
  options: VolumeOptions = {},
): Promise<VolumeGroup | undefined> {
  const report = (command: string, columns: string): readonly string[] => [
    command,
    "--reportformat",
    "json",
    "--units",
    "b",
    "--nosuffix",
    "--options",
    columns,
    "--",
    group,
  ];
  let groups: string;
  try {
    groups = await lvm(report("vgs", "vg_name,vg_free,vg_extent_size"), group, options);
  } catch (cause) {
    if (isHavenError(cause, "disk.failed") && /not found/i.test(String(cause.payload.why))) return undefined;
    throw cause;
  }
  const volumes = await lvm(report("lvs", "lv_name"), group, options);
  const [first] = await rows(groups, "vg");
  if (first === undefined) return undefined;
  const [freeBytes, extentBytes] = [Number(first.vg_free), Number(first.vg_extent_size)];
  if (!Number.isSafeInteger(freeBytes) || !Number.isSafeInteger(extentBytes) || extentBytes <= 0) {
    throw new HavenError("disk.failed", { path: group, why: "LVM's answer cannot be read" });
  }
  return { freeBytes, extentBytes, volumes: (await rows(volumes, "lv")).map((row) => row.lv_name ?? "") };
}

async function rows(text: string, kind: "vg" | "lv"): Promise<readonly Readonly<Record<string, string>>[]> {
  const { z } = await import("zod");
  const row = z.record(z.string(), z.string());
  const report = z.object({ report: z.array(z.object({ [kind]: z.array(row).optional() })).min(1) });
  try {
    return report.parse(JSON.parse(text)).report.flatMap((one) => one[kind] ?? []);
  } catch (cause) {
    throw new HavenError(
      "disk.failed",
      { path: "a volume group", why: "LVM's answer cannot be read" },
      { cause },
    );
  }
}

/** Makes a logical volume, in whole extents. @throws HavenError exec.missing, disk.failed, interrupted */
export async function createVolume(
  group: string,
  volume: string,
  bytes: number,
  options: VolumeOptions = {},
): Promise<void> {
  await lvm(createVolumeWords(group, volume, bytes), `${group}/${volume}`, options);
}

/** Removes a logical volume. @throws HavenError exec.missing, disk.failed, also when it is in use */
export async function removeVolume(
  group: string,
  volume: string,
  options: VolumeOptions = {},
): Promise<void> {
  await lvm(removeVolumeWords(group, volume), `${group}/${volume}`, options);
}

async function lvm(words: readonly string[], path: string, options: VolumeOptions): Promise<string> {
  const [command = "", ...rest] = words;
  try {
    return await run([command, ...(options.words ?? []), ...rest], {
      timeoutMs: 120_000,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (cause) {
    if (isHavenError(cause, "exec.missing")) {
      throw new HavenError("exec.missing", { program: command, package: "lvm2" });
    }
    if (!isHavenError(cause, "exec.failed")) throw cause;
    throw new HavenError("disk.failed", { path, why: String(cause.payload.stderr) });
  }
}
