import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { run } from "../../../src/base/exec.ts";
import { filterTable } from "../../../src/lab/partition.ts";
import type { LabSettings } from "../../../src/lab/settings.ts";

/** Whatever is there of a lab on this machine: links, processes, files, packet filters. Empty when it is gone. */
export async function labTraces(settings: LabSettings, image?: string): Promise<readonly string[]> {
  const found: string[] = [];
  const links = JSON.parse(await run(["ip", "-json", "link", "show"])) as readonly { ifname: string }[];
  for (const { ifname } of links) if (ifname.startsWith(settings.prefix)) found.push(`link ${ifname}`);
  for (const path of [settings.dir, `${settings.dir}.lock`]) if (existsSync(path)) found.push(`file ${path}`);
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    const text = `${readProc(pid, "cmdline")}${readProc(pid, "mountinfo")}`;
    if (text.includes(`${settings.dir}/`)) found.push(`process ${pid} ${readProc(pid, "comm").trim()}`);
  }
  const group = `haven-lab-${basename(settings.dir)}-`;
  for (const path of readdirSync("/sys/fs/cgroup").flatMap((tree) => [
    tree,
    ...entriesOf(`/sys/fs/cgroup/${tree}`),
  ])) {
    if (path.startsWith(group)) found.push(`control group ${path}`);
  }
  if (image !== undefined) {
    const tables = await run(["chroot", image, "nft", "list", "tables"]);
    if (tables.includes(filterTable(settings))) found.push(`packet filter ${filterTable(settings)}`);
  }
  return found;
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
