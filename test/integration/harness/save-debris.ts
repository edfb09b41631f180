import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLab } from "../../../src/lab/lab.ts";

const kept = [
  "var/log/pacemaker/pacemaker.log",
  "var/log/corosync/corosync.log",
  "var/log/libvirt",
  "var/log/haven-lab",
  "var/log/haven",
  "var/lib/pacemaker/cib/cib.xml",
  "etc/corosync/corosync.conf",
];

/** Copies what a lab's nodes logged, and what they say now, into a directory. Whatever is not there is left out. */
export async function saveDebris(labName: string, directory: string): Promise<void> {
  const lab = openLab({ name: labName }, false);
  if (!lab.isUp) return;
  for (const node of lab.nodes) {
    for (const path of kept) {
      const target = join(directory, node.name, path);
      await mkdir(join(target, ".."), { recursive: true });
      await cp(`${node.dir}/upper/${path}`, target, { recursive: true, errorOnExist: false }).catch(
        () => undefined,
      );
    }
    if (!lab.isOn(node.name)) continue;
    for (const argv of [
      ["crm_mon", "-1", "-A", "-f", "-r", "--fence-history=3"],
      ["cibadmin", "--query"],
      ["virsh", "-c", "qemu:///system", "list", "--all"],
      ["ps", "axww", "-o", "pid,ppid,stat,etime,args"],
    ]) {
      const result = await lab.node(node.name).exec(argv, { timeoutMs: 15_000 }).catch(String);
      const text = typeof result === "string" ? result : result.stdout + result.stderr;
      await writeFile(join(directory, node.name, `${argv[0]}.txt`), text);
    }
  }
  for (const name of ["chassis1.log", "chassis2.log", "pdu1.log", "supervisor.log"]) {
    await cp(`${lab.settings.dir}/${name}`, join(directory, name)).catch(() => undefined);
  }
}
