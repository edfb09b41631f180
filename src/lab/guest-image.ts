import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import havenGuest from "../../packaging/guest/haven-guest" with { type: "text" };
import { type CpioEntry, cpioArchive, cpioMode } from "../base/cpio.ts";
import { HavenError } from "../base/errors.ts";
import { run } from "../base/exec.ts";
import counter from "./guest/counter.pl" with { type: "text" };
import fence from "./guest/fence.sh" with { type: "text" };
import flood from "./guest/flood.pl" with { type: "text" };
import init from "./guest/init.sh" with { type: "text" };
import install from "./guest/install.pl" with { type: "text" };
import ready from "./guest/ready.sh" with { type: "text" };
import report from "./guest/report.pl" with { type: "text" };
import seed from "./guest/seed.sh" with { type: "text" };
import watch from "./guest/watch.pl" with { type: "text" };
import { writeWhole } from "./state.ts";
import { uncompressedKernel } from "./uncompressed-kernel.ts";

const partsDir = "/usr/share/haven-lab/guest-parts";

/** Kernel modules for guests, by name. */
export interface GuestModules {
  /** Every guest loads them: each costs it time at its start. */
  readonly always: readonly string[];
  /** For guests with other devices, which say `haven.modules=all`. */
  readonly devices: readonly string[];
}

/**
 * Leaves in a node image what guests are made of, /usr/share/haven-lab/guest-parts: vmlinuz, the shim for Secure Boot,
 * the modules named and what they depend on, and their order in two lists, `order` and `devices`. They come from
 * the packages unpacked in /usr/share/haven-lab/kernel, which is removed.
 *
 * @throws HavenError lab.failed when a module is not there
 */
export async function keepGuestParts(root: string, modules: GuestModules): Promise<void> {
  const kernel = "/usr/share/haven-lab/kernel";
  const parts = `${root}${partsDir}`;
  mkdirSync(parts, { recursive: true });
  const vmlinuz = readdirSync(`${root}${kernel}/boot`).find((name) => name.startsWith("vmlinuz-"));
  if (vmlinuz === undefined) throw failed("the kernel package has no vmlinuz");
  copyFileSync(`${root}${kernel}/boot/${vmlinuz}`, `${parts}/vmlinuz`);
  copyFileSync(`${root}${kernel}/usr/lib/shim/shimx64.efi.signed`, `${parts}/shim.efi`);
  const release = vmlinuz.slice("vmlinuz-".length);
  const wanted = [...modules.always, ...modules.devices];
  const found = await modulesWithDependencies(root, kernel, release, wanted);
  for (const { name, content } of found) writeFileSync(`${parts}/${name}.ko`, content);
  // Whatever is found before the first of the devices' own belongs to the others.
  const always = await modulesWithDependencies(root, kernel, release, modules.always);
  const list = (part: readonly Module[]): string => part.map(({ name }) => `${name}\n`).join("");
  writeFileSync(`${parts}/order`, list(always));
  writeFileSync(`${parts}/devices`, list(found.slice(always.length)));
  rmSync(`${root}${kernel}`, { recursive: true });
}

// What the Perl interpreter of every Debian system needs, by name within its libraries' directory.
const libraries = "usr/lib/x86_64-linux-gnu";
const perlFiles = ["ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libcrypt.so.1", "perl-base/strict.pm"];

/**
 * Makes the guest in DIR/guest, which nodes see at /usr/share/haven-lab/guest: vmlinuz for UEFI, shim.efi for Secure Boot,
 * vmlinux for all others, and an initrd of a static busybox, Perl, the modules and the guest's scripts. These two are not
 * compressed, since an emulated machine unpacks slowly.
 */
export async function buildGuest(image: string, dir: string): Promise<void> {
  const parts = `${image}${partsDir}`;
  const order = readFileSync(`${parts}/order`, "utf8");
  const devices = readFileSync(`${parts}/devices`, "utf8");
  const folders = ["bin", "dev", "proc", "sys", "etc", "modules", "lib64", "usr", "usr/lib", libraries];
  const modules = `${order}${devices}`.trim().split("\n");
  const archive = cpioArchive([
    ...[...folders, `${libraries}/perl-base`].map(directory),
    { path: "lib", mode: cpioMode.link, content: "usr/lib" },
    {
      path: "lib64/ld-linux-x86-64.so.2",
      mode: cpioMode.link,
      content: `/${libraries}/ld-linux-x86-64.so.2`,
    },
    { path: "dev/console", mode: cpioMode.node, device: [5, 1] },
    program("bin/busybox", readFileSync(`${image}/usr/bin/busybox`)),
    program("bin/perl", readFileSync(`${image}/usr/bin/perl`)),
    ...perlFiles.map((name) =>
      program(`${libraries}/${name}`, readFileSync(`${image}/${libraries}/${name}`)),
    ),
    { path: "bin/sh", mode: cpioMode.link, content: "busybox" },
    program("init", init),
    program("counter", counter),
    program("fence", fence),
    program("flood", flood),
    program("haven-guest", havenGuest),
    program("install", install),
    program("ready", ready),
    program("seed", seed),
    program("watch", watch),
    program("report", report),
    ...modules.map((name) => file(`modules/${name}.ko`, readFileSync(`${parts}/${name}.ko`))),
    file("modules/order", order),
    file("modules/devices", devices),
  ]);
  mkdirSync(`${dir}/guest`, { recursive: true });
  writeWhole(`${dir}/guest/initrd`, archive);
  for (const name of ["vmlinuz", "shim.efi"]) copyFileSync(`${parts}/${name}`, `${dir}/guest/${name}`);
  const unxz = async (bytes: Uint8Array) => await unxzBy(image, dir, bytes);
  const packed = readFileSync(`${parts}/vmlinuz`);
  const kernel = (await uncompressedKernel(packed, unxz)) ?? packed;
  writeWhole(`${dir}/guest/vmlinux`, kernel);
}

/** By the image's busybox, which is static and runs where it lies. @throws HavenError exec.failed */
async function unxzBy(image: string, dir: string, compressed: Uint8Array): Promise<Uint8Array> {
  const path = `${dir}/guest/kernel-${process.pid}`;
  writeFileSync(`${path}.xz`, compressed);
  try {
    await run([`${image}/usr/bin/busybox`, "unxz", `${path}.xz`], { timeoutMs: 60_000 });
    return readFileSync(path);
  } finally {
    for (const left of [path, `${path}.xz`]) rmSync(left, { force: true });
  }
}

function file(path: string, content: string | Uint8Array): CpioEntry {
  return { path, mode: cpioMode.file, content };
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
