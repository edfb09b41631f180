import { appendFile, copyFile, lstat, readFile, rename, stat } from "node:fs/promises";
import { cpioArchive, cpioMode } from "../../base/cpio.ts";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { run } from "../../base/exec.ts";

/** What an installer is taken from, and what is added to it. Paths are of this node. */
export interface InstallerSource {
  readonly from?: string | undefined;
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  readonly preseed?: string | undefined;
}

/** Kernel and initrd in Debian's images: on installation media, and in netboot.tar.gz. */
const onMedia = [
  ["/install.amd/vmlinuz", "/install.amd/initrd.gz"],
  ["/install/vmlinuz", "/install/initrd.gz"],
] as const;
const inArchive = ["./debian-installer/amd64/linux", "./debian-installer/amd64/initrd.gz"] as const;

/**
 * Puts an installer's kernel and initrd into a folder, as `kernel` and `initrd`. A preseed file becomes part of the
 * initrd as /preseed.cfg, where Debian's installer looks for it first: the kernel unpacks archives one after the other
 * (Documentation/driver-api/early-userspace/buffer-format.rst; Debian's installation guide, B.2.1).
 *
 * @throws HavenError exec.missing, disk.failed, interrupted
 */
export async function putInstaller(
  folder: string,
  source: InstallerSource,
  signal: AbortSignal,
): Promise<void> {
  const { from, kernel, initrd, preseed } = source;
  if (from !== undefined) await takeOut(folder, from, signal);
  else if (kernel !== undefined && initrd !== undefined) {
    await copyFile(kernel, `${folder}/kernel`);
    await copyFile(initrd, `${folder}/initrd`);
  }
  if (preseed === undefined) return;
  const path = `${folder}/initrd`;
  // An archive that is not compressed begins at a multiple of four bytes.
  const { size } = await stat(path);
  const answers = { path: "preseed.cfg", mode: cpioMode.file, content: await readFile(preseed) };
  await appendFile(path, Buffer.concat([Buffer.alloc((4 - (size % 4)) % 4), cpioArchive([answers])]));
}

async function takeOut(folder: string, from: string, signal: AbortSignal): Promise<void> {
  const isArchive = /\.(tar\.gz|tgz|tar)$/.test(from);
  const pairs = isArchive ? [inArchive] : onMedia;
  const why: string[] = [];
  for (const [kernel, initrd] of pairs) {
    try {
      if (isArchive) {
        const words = ["--extract", "--no-same-owner", "--file", from, "--", kernel, initrd];
        await run(["tar", ...words], { cwd: folder, signal, timeoutMs: 300_000 });
        await rename(`${folder}/${kernel}`, `${folder}/kernel`);
        await rename(`${folder}/${initrd}`, `${folder}/initrd`);
      } else {
        const words = ["-extract", kernel, `${folder}/kernel`, "-extract", initrd, `${folder}/initrd`];
        const argv = ["xorriso", "-osirrox", "on", "-indev", from, ...words];
        await run(argv, { signal, timeoutMs: 300_000 });
      }
      for (const name of ["kernel", "initrd"]) {
        if (!(await lstat(`${folder}/${name}`)).isFile()) throw notThere(from, `${name} in it is no file`);
      }
      return;
    } catch (cause) {
      if (isHavenError(cause, "exec.missing")) {
        const program = isArchive ? "tar" : "xorriso";
        throw new HavenError("exec.missing", { program, package: program });
      }
      if (!isHavenError(cause, "exec.failed")) throw cause;
      why.push(String(cause.payload.stderr).split("; ").at(-1) ?? "");
    }
  }
  throw notThere(
    from,
    `no installer was found in it (looked for ${pairs.flat().join(", ")}): ${why.join("; ")}`,
  );
}

function notThere(path: string, why: string): HavenError {
  return new HavenError("disk.failed", { path, why });
}
