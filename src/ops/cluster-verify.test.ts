import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { CibEditor, type NvValues } from "../pacemaker/cib-editor.ts";
import { drainAttribute, writeDrainRecord } from "../vm/drain-record.ts";
import { writeSettings } from "../vm/settings-in-cib.ts";
import { clusterVerify } from "./cluster-verify.ts";
import { putLevel } from "./fence-levels.ts";
import { writeFenceResource } from "./write-fence-resource.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-cluster-verify-"));
const file = new VmCibFile(join(dir, "cib.xml"));
beforeEach(() => file.reset());
afterAll(() => rmSync(dir, { recursive: true }));

/** What Haven finds where the watchdog is the last level of these nodes. */
async function withWatchdog(properties: NvValues, names: readonly string[]): Promise<readonly string[]> {
  const editor = new CibEditor(file.read());
  editor.setProperties({ "stonith-timeout": "135s", ...properties });
  editor.setNvpairs("fence", "instance_attributes", {
    pcmk_off_timeout: "60s",
    pcmk_reboot_timeout: "120s",
  });
  const hosts = names.map((node) => ({ node, plugs: [] }));
  const resource = { id: "watchdog", supplyOf: "watchdog", agent: "fence_watchdog", hosts, secrets: {} };
  writeFenceResource(editor, { ...resource, parameters: { pcmk_host_list: names.join(" ") } }, true);
  for (const node of names) {
    for (const [at, device] of ["fence", "watchdog"].entries()) putLevel(editor, node, at + 1, [device]);
  }
  writeFileSync(file.path, editor.cib.toXml());
  const findings = await clusterVerify(fileEnvironment(file.path, true));
  return findings.flatMap(({ from, text }) => (from === "haven" && text.includes("atchdog") ? [text] : []));
}

const all = ["node1", "node2", "node3"];
const works = { "stonith-watchdog-timeout": "15s", "have-watchdog": true };

test("a watchdog behind other devices: Pacemaker must come to it, on every node", async () => {
  expect(await withWatchdog(works, all)).toEqual([]);
  file.reset();
  expect(await withWatchdog({ ...works, "stonith-timeout": "60s" }, all)).toEqual([
    ...all.map((node) => expect.stringContaining(`it gives up before it comes to the watchdog of ${node}`)),
  ]);
  file.reset();
  expect(await withWatchdog(works, all.slice(0, 2))).toEqual([
    expect.stringMatching(/^The fence device watchdog does not name node3/),
  ]);
});

test("a watchdog that nobody counts on is no device", async () => {
  expect(await withWatchdog({}, all)).toContain(
    "The watchdog is a fence device, and no node is reset by it (stonith-watchdog-timeout is not set)",
  );
});

test("settings that Pacemaker's properties do not follow, and a resume that was broken off", async () => {
  const editor = new CibEditor(file.read());
  writeSettings(editor, { "on-node-shutdown": "freeze" });
  const moved = writeDrainRecord({ time: 1_790_000_000_000, places: new Map([["web1", "node2"]]) });
  editor.setNodeAttributes("node1", { [drainAttribute]: moved });
  editor.setNodeAttributes("node3", { [drainAttribute]: moved, standby: "on" });
  const texts = async (): Promise<readonly string[]> => {
    writeFileSync(file.path, editor.cib.toXml());
    const findings = await clusterVerify(fileEnvironment(file.path, true));
    return findings.map(({ text }) => text).filter((text) => /shut down|drain/.test(text));
  };
  const broken = "node1 is out of standby, and VMs that its drain has moved away may not be back: web1";
  expect(await texts()).toEqual([broken]);
  editor.setProperties({ "shutdown-lock": "false" });
  expect(await texts()).toEqual([
    "The settings have VMs of a node that is shut down freeze, and Pacemaker's properties say otherwise (shutdown-lock=false)",
    broken,
  ]);
});
