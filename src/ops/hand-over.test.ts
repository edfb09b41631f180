import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { withFoundRunning } from "../pacemaker/found-running.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { vmAgent } from "../vm/vm-template.ts";
import { xml } from "../xml/element.ts";
import { beginHandOver, handOversBegun } from "./hand-over.ts";

setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-hand-over-"));
afterAll(() => rmSync(dir, { recursive: true }));

const foreign = { class: "ocf", provider: "heartbeat", type: "VirtualDomain" } as const;

const text = `<cib admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes/><resources>
<primitive id="old" class="ocf" provider="heartbeat" type="VirtualDomain"/>
<primitive id="vm-a" class="ocf" provider="haven" type="Domain"/><primitive id="vm-b" class="ocf" provider="haven" type="Domain"/>
</resources><constraints/></configuration><status/></cib>`;

test("what was begun is told by the configuration, and neither resource is managed", () => {
  const editor = new CibEditor(Cib.parse(text));
  beginHandOver(editor, { stays: "vm-a", goes: "old" });
  beginHandOver(editor, { stays: "vm-b", goes: undefined });
  expect(handOversBegun(editor.cib)).toEqual([
    { stays: "vm-a", goes: "old" },
    { stays: "vm-b", goes: undefined },
  ]);
  for (const id of ["old", "vm-a", "vm-b"]) {
    const element = editor.cib.byId(id);
    expect(element && editor.cib.nvpairs(element, "meta_attributes").get("is-managed")).toBe("false");
  }
  // Nothing is removed yet, so that orphans need no care.
  expect(editor.cib.property("stop-orphan-resources")).toBeUndefined();
});

test("the scheduler has nothing to do at any step, and would stop the guest without the care for orphans", async () => {
  const file = new VmCibFile(join(dir, "cib.xml"));
  const pacemaker = livePacemaker({ cibFile: file.path });
  const done = async (cib: Cib): Promise<readonly string[]> =>
    (await pacemaker.simulate(cib.toXml())).actions
      .filter(({ resource }) => resource === "old" || resource === "vm-a")
      .map(({ kind, resource }) => `${kind} ${resource}`);
  const editor = new CibEditor(file.read());
  editor.addResource(xml("primitive", { id: "old", ...foreign }));
  const running = withFoundRunning(editor.cib, [{ resource: "old", agent: foreign, node: "node2" }]);

  const begun = new CibEditor(running);
  begun.addResource(xml("primitive", { id: "vm-a", ...vmAgent }));
  beginHandOver(begun, { stays: "vm-a", goes: "old" });
  expect(await done(begun.cib)).toEqual([]);

  const found = withFoundRunning(begun.cib, [{ resource: "vm-a", agent: vmAgent, node: "node2" }]);
  expect(await done(found)).toEqual([]);

  const careless = new CibEditor(found);
  careless.removeResource("old");
  expect(await done(careless.cib)).toEqual(["stop old"]);

  const released = new CibEditor(found);
  released.setProperties({ "stop-orphan-resources": false });
  released.removeResource("old");
  expect(await done(released.cib)).toEqual([]);

  const forgotten = withFoundRunning(released.cib, [
    { resource: "vm-a", agent: vmAgent, node: "node2", instead: "old" },
  ]);
  const managed = new CibEditor(forgotten);
  managed.setProperties({ "stop-orphan-resources": undefined });
  managed.setNvpairs("vm-a", "meta_attributes", { "is-managed": undefined });
  expect(await done(managed.cib)).toEqual([]);
});
