import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labNodes, labSettings } from "../settings.ts";
import { LabLogs } from "./lab-logs.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-logs-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("what nodes and guests have written since, also where a file was begun anew", () => {
  const nodes = labNodes(labSettings({ nodes: 2, dir }));
  const [one, two] = nodes.map((node) => `${node.dir}/upper/var/log`);
  for (const log of [one, two])
    for (const part of ["pacemaker", "libvirt/qemu"]) mkdirSync(`${log}/${part}`, { recursive: true });
  writeFileSync(`${one}/pacemaker/pacemaker.log`, "before\n");
  const line = "haven-guest web boot=1 seq=1\n";
  writeFileSync(`${one}/libvirt/qemu/web-console.log`, line.repeat(3));
  const logs = new LabLogs(nodes, ["web"]);
  expect([logs.pacemaker().trim(), logs.heardOn("web")]).toEqual(["", undefined]);
  appendFileSync(`${one}/pacemaker/pacemaker.log`, "since\n");
  expect(logs.pacemaker().trim()).toBe("since");
  writeFileSync(`${one}/libvirt/qemu/web-console.log`, "");
  expect(logs.heardOn("web")).toBeUndefined();
  writeFileSync(`${two}/libvirt/qemu/web-console.log`, line);
  expect(logs.heardOn("web")).toBe("node2");
});
