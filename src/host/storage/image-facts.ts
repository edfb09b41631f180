import { dirname } from "node:path";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { type ExecOptions, run } from "../../base/exec.ts";
import { jsonOf } from "../../base/json-of.ts";

/** What an image says of itself. */
export interface ImageFacts {
  /** As QEMU names it: raw, qcow2, vmdk, vdi, vpc, vhdx… */
  readonly format: string;
  /** The size of the disk that a guest would see. */
  readonly virtualBytes: number;
  /** A file that a part of the disk is in, besides the image; undefined where there is none. */
  readonly outside: string | undefined;
}

const patienceMs = 60_000;

/**
 * Looks at an image with `qemu-img info`, also while a VM uses it. What an image says is not to be trusted: one that
 * names another file as a part of itself would have that file copied into a guest's disk, so it is told.
 *
 * Sources: QEMU's docs/tools/qemu-img.rst; qapi/block-core.json, ImageInfo.
 *
 * @throws HavenError exec.missing, disk.failed when it is no image that can be read, interrupted
 */
export async function imageFacts(path: string, signal?: AbortSignal): Promise<ImageFacts> {
  const argv = ["qemu-img", "info", "--force-share", "--output=json", path];
  const text = await qemuImg(argv, path, {
    timeoutMs: patienceMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const { z } = await import("zod");
  const info = z.object({
    format: z.string().regex(/^[a-z0-9-]{1,32}$/),
    "virtual-size": z.number().int().nonnegative(),
    "backing-filename": z.string().optional(),
    "format-specific": z
      .object({
        data: z.object({
          "data-file": z.string().optional(),
          extents: z.array(z.object({ filename: z.string() })).optional(),
        }),
      })
      .optional(),
  });
  const parsed = info.safeParse(jsonOf(text));
  if (!parsed.success) throw new HavenError("disk.failed", { path, why: "qemu-img's answer cannot be read" });
  const { format, "virtual-size": virtualBytes, "backing-filename": backing } = parsed.data;
  const data = parsed.data["format-specific"]?.data;
  const extent = data?.extents?.find(({ filename }) => dirname(filename) !== dirname(path))?.filename;
  return { format, virtualBytes, outside: backing ?? data?.["data-file"] ?? extent };
}

/** Bytes that a new image takes, by its format and what it is made of (`qemu-img measure`). */
export interface ImageSpace {
  /** As long as nothing is written to it. */
  readonly required: number;
  /** When all of it is written. */
  readonly full: number;
}

/** @throws HavenError exec.missing, disk.failed, interrupted */
export async function imageSpace(
  format: string,
  of: { readonly path: string; readonly format: string } | { readonly bytes: number },
  signal?: AbortSignal,
): Promise<ImageSpace> {
  const what = "path" in of ? ["--force-share", "-f", of.format, of.path] : ["--size", String(of.bytes)];
  const argv = ["qemu-img", "measure", "--output=json", "-O", format, ...what];
  const path = "path" in of ? of.path : "a new image";
  const text = await qemuImg(argv, path, {
    timeoutMs: patienceMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const { z } = await import("zod");
  const answer = z.object({ required: z.number(), "fully-allocated": z.number() }).safeParse(jsonOf(text));
  if (!answer.success) throw new HavenError("disk.failed", { path, why: "qemu-img's answer cannot be read" });
  return { required: answer.data.required, full: answer.data["fully-allocated"] };
}

/**
 * Runs qemu-img, whose last words become the reason.
 *
 * @param path What is told to be at fault
 * @throws HavenError exec.missing with the package, disk.failed, interrupted
 */
export async function qemuImg(argv: readonly string[], path: string, options: ExecOptions): Promise<string> {
  try {
    return await run(argv, options);
  } catch (cause) {
    if (isHavenError(cause, "exec.missing")) {
      throw new HavenError("exec.missing", { program: "qemu-img", package: "qemu-utils" });
    }
    if (!isHavenError(cause, "exec.failed")) throw cause;
    const said = String(cause.payload.stderr)
      .replace(/^qemu-img: /, "")
      .trim();
    throw new HavenError("disk.failed", { path, why: said === "" ? String(cause.payload.status) : said });
  }
}

/** @throws HavenError disk.failed when a program that runs, such as QEMU, holds the image's lock for writing */
export async function imageLocked(path: string, format: string): Promise<void> {
  await qemuImg(["qemu-img", "info", "-f", format, path], path, { timeoutMs: patienceMs });
}
