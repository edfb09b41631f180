import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A process as it is put below a folder that stands for /proc. */
export interface FakeProcess {
  readonly pid: number;
  readonly words?: readonly string[];
  readonly comm?: string;
  readonly state?: string;
  readonly exe?: string;
  readonly flags?: number;
  readonly threads?: { readonly [id: number]: readonly string[] };
  readonly parent?: number;
  /** Its numbers in the namespaces that it is in. */
  readonly numbers?: readonly number[];
  readonly environ?: readonly string[];
  readonly cgroup?: string;
}

/** Makes a folder like /proc of those processes, below the given one. @returns its path */
export function fakeProc(folder: string, processes: readonly FakeProcess[]): string {
  const root = mkdtempSync(join(folder, "proc-"));
  // A boot of a thousand seconds ago: clock tick 777 was 992.23 seconds ago.
  writeFileSync(join(root, "uptime"), "1000.00 1.00\n");
  for (const {
    pid,
    words = [],
    comm = "qemu-system-x86",
    state = "S",
    exe,
    flags = 0,
    threads = {},
    parent = 1,
    numbers = [pid],
    environ,
    cgroup,
  } of processes) {
    const own = join(root, String(pid));
    const zeros = (texts: readonly string[]): string => texts.map((text) => `${text}\0`).join("");
    mkdirSync(join(own, "task", String(pid)), { recursive: true });
    writeFileSync(
      join(own, "stat"),
      `${pid} (${comm}) ${state} ${parent} 1 1 0 -1 ${flags} ${"0 ".repeat(12)}777 0`,
    );
    writeFileSync(join(own, "cmdline"), zeros(words));
    const memory = state === "Z" ? "" : "VmSize:\t1 kB\n";
    writeFileSync(join(own, "status"), `Name:\t${comm}\nNSpid:\t${numbers.join("\t")}\n${memory}`);
    if (environ !== undefined) writeFileSync(join(own, "environ"), zeros(environ));
    if (cgroup !== undefined) writeFileSync(join(own, "cgroup"), cgroup);
    if (exe !== undefined) symlinkSync(exe, join(own, "exe"));
    for (const [id, line] of Object.entries(threads)) {
      mkdirSync(join(own, "task", id), { recursive: true });
      writeFileSync(join(own, "task", id, "cmdline"), zeros(line));
    }
  }
  return root;
}

/** What libvirt keeps of a running domain. */
export interface FakeLibvirtFile {
  readonly driver?: "qemu" | "lxc";
  readonly name: string;
  readonly pid: number;
  readonly uuid?: string;
  /** How long before the fake processes it was written, milliseconds. */
  readonly ageMs?: number;
}

/** Makes a folder like /run/libvirt with the pid file and, with a UUID, the note of one domain. @returns its path */
export function fakeLibvirtFile(folder: string, file: FakeLibvirtFile): string {
  const { driver = "qemu", name, pid, uuid, ageMs = 0 } = file;
  const root = mkdtempSync(join(folder, "libvirt-"));
  mkdirSync(join(root, driver));
  const path = join(root, driver, `${name}.pid`);
  writeFileSync(path, `${pid}`);
  const written = (Date.now() - 992_230 - ageMs) / 1000;
  utimesSync(path, written, written);
  if (uuid !== undefined) {
    const note = `<domstatus state='running' reason='booted' pid='${pid}'>
  <monitor path='/run/x' type='unix'/>
  <domain type='kvm' id='3'>
    <name>${name}</name>
    <uuid>${uuid}</uuid>
  </domain>
</domstatus>\n`;
    writeFileSync(join(root, driver, `${name}.xml`), note);
  }
  return root;
}
