import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { HavenError } from "../base/errors.ts";
import { run } from "../base/exec.ts";
import { type CpioEntry, cpioArchive, cpioMode } from "./cpio.ts";
import counter from "./guest/counter.sh" with { type: "text" };
import init from "./guest/init.sh" with { type: "text" };

/** What the guest is made of; a change makes a new image. */
export const guestFiles: readonly string[] = [init, counter];

/**
 * Makes the lab's guest inside a node image: /usr/share/haven-lab/guest/vmlinuz and initrd, from the kernel
 * package unpacked in /usr/share/haven-lab/kernel, which is removed. The initrd holds a static busybox, the
 * kernel modules named and what they depend on.
 *
 * @throws HavenError lab.failed when a module is not there
 */
export async function buildGuest(root: string, modules: readonly string[]): Promise<void> {
  const share = `${root}/usr/share/haven-lab`;
  const kernel = `${share}/kernel`;
  await mkdir(`${share}/guest`, { recursive: true });
  const vmlinuz = readdirSync(`${kernel}/boot`).find((name) => name.startsWith("vmlinuz-"));
  if (vmlinuz === undefined) throw failed("the kernel package has no vmlinuz");
  await copyFile(`${kernel}/boot/${vmlinuz}`, `${share}/guest/vmlinuz`);
  const release = vmlinuz.slice("vmlinuz-".length);
  const found = await modulesWithDependencies(root, `/usr/share/haven-lab/kernel`, release, modules);
  const busybox = readFileSync(`${root}/usr/bin/busybox`);
  const archive = cpioArchive([
    ...["bin", "dev", "proc", "sys", "etc", "etc/acpi", "modules"].map(directory),
    { path: "dev/console", mode: cpioMode.node, device: [5, 1] },
    program("bin/busybox", busybox),
    { path: "bin/sh", mode: cpioMode.link, content: "busybox" },
    program("init", init),
    program("counter", counter),
    ...found.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: cpioMode.file, content })),
    { path: "modules/order", mode: cpioMode.file, content: `${found.map(({ name }) => name).join("\n")}\n` },
  ]);
  writeFileSync(`${share}/guest/initrd`, Bun.gzipSync(new Uint8Array(archive), { level: 1 }));
  rmSync(kernel, { recursive: true });
}

function directory(path: string): CpioEntry {
  return { path, mode: cpioMode.directory };
}

function program(path: string, content: string | Uint8Array): CpioEntry {
  return { path, mode: cpioMode.program, content };
}

function failed(why: string): HavenError {
  return new HavenError("lab.failed", { what: "The guest's initrd could not be made", why });
}

interface Module {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The modules in an order in which they can be loaded. Those built into the kernel are left out. */
async function modulesWithDependencies(
  root: string,
  kernel: string,
  release: string,
  wanted: readonly string[],
): Promise<readonly Module[]> {
  const tree = moduleTree(`${root}${kernel}`, release);
  const files = new Map<string, string>();
  for (const path of readdirSync(`${tree}/kernel`, { recursive: true, encoding: "utf8" })) {
    const match = /^(.*)\.ko(\.xz)?$/.exec(basename(path));
    if (match !== null) files.set(plain(match[1] ?? ""), `${tree}/kernel/${path}`);
  }
  const builtin = new Set(
    readFileSync(`${tree}/modules.builtin`, "utf8")
      .split("\n")
      .map((line) => plain(basename(line, ".ko"))),
  );
  const done = new Map<string, Module>();
  const add = async (name: string): Promise<void> => {
    if (done.has(name) || builtin.has(name)) return;
    const path = files.get(name);
    if (path === undefined) throw failed(`the kernel has no module ${name}`);
    if (path.endsWith(".xz")) await run(["chroot", root, "busybox", "unxz", path.slice(root.length)]);
    const content = readFileSync(path.replace(/\.xz$/, ""));
    for (const needed of dependencies(content)) await add(needed);
    done.set(name, { name, content });
  };
  for (const name of wanted) await add(plain(name));
  return [...done.values()];
}

/** Newer releases have /lib within /usr. */
function moduleTree(kernel: string, release: string): string {
  for (const lib of ["usr/lib", "lib"]) {
    const path = `${kernel}/${lib}/modules/${release}`;
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return path;
  }
  throw failed(`no modules of ${release}`);
}

function plain(name: string): string {
  return name.replaceAll("-", "_");
}

/** What a module says it depends on, in its section .modinfo: "depends=a,b". */
export function dependencies(module: Buffer): readonly string[] {
  const at = module.indexOf("\0depends=");
  if (at < 0) return [];
  const start = at + "\0depends=".length;
  const list = module.toString("latin1", start, module.indexOf("\0", start));
  return list === "" ? [] : list.split(",").map(plain);
}
