import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { xml } from "../xml/element.ts";
import { CibEditor } from "./cib-editor.ts";
import { hasHistory, withFoundRunning } from "./found-running.ts";
import { livePacemaker } from "./live.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-found-"));
afterAll(() => rmSync(dir, { recursive: true }));

const agent = { class: "ocf", provider: "haven", type: "Domain" } as const;

test("the scheduler leaves alone what probes would find, and starts what they would not", async () => {
  const file = new VmCibFile(join(dir, "cib.xml"));
  const editor = new CibEditor(file.read());
  editor.addResource(xml("primitive", { id: "vm-a", ...agent }));
  const { cib } = editor;
  const pacemaker = livePacemaker({ cibFile: file.path });
  const found = withFoundRunning(cib, [{ resource: "vm-a", agent, node: "node2" }]);
  const before = await pacemaker.simulate(cib.toXml());
  expect(before.actions.map(({ kind, resource }) => [kind, resource])).toContainEqual(["start", "vm-a"]);
  const { actions } = await pacemaker.simulate(found.toXml());
  expect(actions.filter(({ resource }) => resource === "vm-a")).toEqual([]);
  // The CIB that it was made of is as it was.
  expect([hasHistory(cib, "vm-a"), hasHistory(found, "vm-a")]).toEqual([false, true]);
});

test("what goes instead is forgotten", () => {
  const file = new VmCibFile(join(dir, "cib.xml"));
  file.runs({ old: { node: 1 } });
  const cib = file.read();
  const found = withFoundRunning(cib, [{ resource: "vm-new", agent, node: "node1", instead: "vm-old" }]);
  expect([hasHistory(cib, "vm-old"), hasHistory(found, "vm-old"), hasHistory(found, "vm-new")]).toEqual([
    true,
    false,
    true,
  ]);
});
