import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { run } from "../../base/exec.ts";
import type { NewFile } from "./new-file.ts";

/** What makes ISO images on Linux; all three take mkisofs's words. */
const makers: readonly (readonly string[])[] = [["xorriso", "-as", "mkisofs"], ["genisoimage"], ["mkisofs"]];

/** The program of this node that makes ISO images, with its first words. @throws HavenError exec.missing */
export function isoMaker(which: (program: string) => string | null = Bun.which): readonly string[] {
  const found = makers.find(([program = ""]) => which(program) !== null);
  if (found === undefined) throw new HavenError("exec.missing", { program: "xorriso", package: "xorriso" });
  return found;
}

/**
 * Writes an ISO image of some files, with long names (Rock Ridge and Joliet), by which a guest finds it.
 *
 * @param files Contents by name
 * @throws HavenError exec.missing, disk.failed, interrupted
 */
export async function writeSeed(
  file: NewFile,
  files: Readonly<Record<string, string>>,
  options: { readonly label: string; readonly signal: AbortSignal },
): Promise<void> {
  // In a place whose name has no letter that means something to mkisofs, as `=` does.
  const place = await mkdtemp(join(tmpdir(), "haven-seed-"));
  try {
    await mkdir(`${place}/files`);
    for (const [name, content] of Object.entries(files)) await writeFile(`${place}/files/${name}`, content);
    const words = ["-quiet", "-volid", options.label, "-joliet", "-rock", "-output", "seed", "files"];
    await run([...isoMaker(), ...words], { cwd: place, signal: options.signal, timeoutMs: 60_000 });
    await copyFile(`${place}/seed`, file.draft, constants.COPYFILE_EXCL);
  } catch (cause) {
    if (!isHavenError(cause, "exec.failed")) throw cause;
    throw new HavenError("disk.failed", { path: file.target, why: String(cause.payload.stderr) });
  } finally {
    await rm(place, { recursive: true });
  }
}
