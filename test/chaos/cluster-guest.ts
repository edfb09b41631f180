import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type CpioEntry, cpioArchive, cpioMode } from "../../src/base/cpio.ts";
import { run } from "../../src/base/exec.ts";
import init from "./cluster-guest.sh" with { type: "text" };

const libraries = "/usr/lib/x86_64-linux-gnu";
const programs = [
  "/usr/sbin/corosync",
  "/usr/sbin/corosync-quorumtool",
  "/usr/sbin/pacemakerd",
  "/usr/sbin/crm_mon",
  "/usr/sbin/crm_node",
  "/usr/sbin/crm_attribute",
  "/usr/sbin/cibadmin",
  `${libraries}/kronosnet/crypto_openssl.so`,
  // Loaded when a thread ends.
  `${libraries}/libgcc_s.so.1`,
] as const;
/** What /etc/passwd and the like say of Pacemaker's user, and the schemas that it checks its configuration with. */
const data = ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"] as const;

/**
 * An initrd with Debian's Corosync and Pacemaker, behind that of the lab's guests: the kernel unpacks both, and the later
 * file of a name is the one that counts.
 *
 * @param image The root of a node image, which the programs are taken from
 * @param guest The lab's own initrd
 */
export async function buildClusterGuest(image: string, guest: string, path: string): Promise<void> {
  const daemons = namesIn(image, "/usr/lib/pacemaker").filter((name) =>
    name.startsWith("/usr/lib/pacemaker/pacemaker-"),
  );
  const files = new Set<string>([
    ...programs,
    ...daemons,
    ...data,
    ...namesIn(image, "/usr/share/pacemaker"),
  ]);
  const needed = await run(["chroot", image, "ldd", ...programs, ...daemons], { timeoutMs: 60_000 });
  for (const [, library = ""] of needed.matchAll(/(?:=> |^\s)(\/\S+) \(0x/gm))
    files.add(library.replace(/^\/lib/, "/usr/lib"));
  const entries = [...files].flatMap((name) => entryOf(image, name));
  const folders = new Set(entries.flatMap(({ path: name }) => parentsOf(name)));
  const packaging = `${import.meta.dir}/../../packaging/guest`;
  const own = cpioArchive([
    ...[...folders].sort().map((name) => ({ path: name, mode: cpioMode.directory })),
    ...entries,
    program("init", init),
    program("usr/sbin/fence_haven_guest", readFileSync(`${packaging}/fence_haven_guest`)),
    program("usr/sbin/haven-guest", readFileSync(`${packaging}/haven-guest`)),
  ]);
  writeFileSync(path, Buffer.concat([readFileSync(guest), own]));
}

/** All files below a folder. */
function namesIn(image: string, folder: string): readonly string[] {
  return readdirSync(`${image}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `${entry.parentPath.slice(image.length)}/${entry.name}`);
}

/** A file, or a link and what it points to. */
function entryOf(image: string, name: string): readonly CpioEntry[] {
  const path = name.slice(1);
  const facts = lstatSync(`${image}${name}`);
  if (!facts.isSymbolicLink()) {
    return [{ path, mode: facts.mode, content: readFileSync(`${image}${name}`) }];
  }
  const target = readlinkSync(`${image}${name}`);
  const pointed = target.startsWith("/") ? target : `${dirname(name)}/${target}`;
  return [{ path, mode: cpioMode.link, content: target }, ...entryOf(image, pointed)];
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

function program(path: string, content: string | Uint8Array): CpioEntry {
  return { path, mode: cpioMode.program, content };
}
