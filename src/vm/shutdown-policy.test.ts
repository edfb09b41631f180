import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { settingsInCib, writeSettings } from "./settings-in-cib.ts";
import { otherShutdownPolicy, type ShutdownPolicy } from "./shutdown-policy.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-shutdown-policy-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const now = Math.floor(Date.now() / 1000);
const withPolicy = (policy: ShutdownPolicy | undefined, text: string): CibEditor => {
  const editor = new CibEditor(Cib.parse(text));
  writeSettings(editor, policy === undefined ? {} : { "on-node-shutdown": policy });
  return editor;
};

/** node1 is told to shut down. */
const leaving = (text: string): string =>
  text.replace(
    /(<node_state id="1"[^>]*>)/,
    `$1<transient_attributes id="1"><instance_attributes id="status-1"><nvpair id="status-1-shutdown" name="shutdown" value="${now - 10}"/></instance_attributes></transient_attributes>`,
  );

/** node1 was shut down, in good order: its VM was stopped, and Pacemaker noted when. */
const gone = (text: string): string => {
  const key = "9:1:0:5f1b1b7e-0000-4000-8000-000000000000";
  const stopped =
    `<lrm_resource id="vm-a" class="ocf" provider="haven" type="Domain" shutdown-lock="${now - 10}">` +
    `<lrm_rsc_op id="vm-a_last_0" operation_key="vm-a_stop_0" operation="stop" transition-key="${key}" transition-magic="0:0;${key}" ` +
    `call-id="9" rc-code="0" op-status="0" interval="0" on_node="node1" exit-reason="" op-digest="x"/></lrm_resource>`;
  const [from, to] = [text.indexOf('<node_state id="1"'), text.indexOf('<node_state id="2"')];
  const state = `<node_state id="1" uname="node1" in_ccm="false" crmd="offline" join="down" expected="down"><lrm id="1"><lrm_resources>${stopped}</lrm_resources></lrm></node_state>`;
  return text.slice(0, from) + state + text.slice(to);
};

describe.skipIf(Bun.which("crm_simulate") === null)("a node is shut down in good order", () => {
  let text = "";
  beforeAll(async () => {
    await runningVms(file, { a: [1, "memory: 512"] });
    text = readFileSync(file.path, "utf8");
  });

  const happens = async (policy: ShutdownPolicy | undefined, state: (text: string) => string) => {
    const xml = withPolicy(policy, state(text)).cib.toXml();
    const { actions } = await fileEnvironment(file.path).pacemaker.simulate(xml);
    return actions.filter(({ resource }) => resource === "vm-a").map(({ kind }) => kind);
  };

  const cases = [
    [undefined, ["migrate"], ["start"]],
    ["migrate", ["migrate"], ["start"]],
    ["restart", ["stop"], ["start"]],
    ["freeze", ["stop"], []],
  ] as const;
  for (const [policy, while_, after] of cases) {
    test(`${policy ?? "no policy"}: ${while_} as it leaves, then ${after.length === 0 ? "nothing" : after}`, async () => {
      expect(await happens(policy, leaving)).toEqual([...while_]);
      expect(await happens(policy, gone)).toEqual([...after]);
    });
  }

  test("a policy that is taken away takes its properties along; what others have set stays", async () => {
    const frozen = withPolicy("freeze", text).cib;
    expect(await settingsInCib(frozen)).toEqual({ "on-node-shutdown": "freeze" });
    expect(frozen.property("shutdown-lock")).toBe("true");
    expect(withPolicy(undefined, frozen.toXml()).cib.property("shutdown-lock")).toBeUndefined();
    const byHand = new CibEditor(Cib.parse(text));
    byHand.setProperties({ "shutdown-lock": "true" });
    expect(withPolicy(undefined, byHand.cib.toXml()).cib.property("shutdown-lock")).toBe("true");
    expect(otherShutdownPolicy(byHand.cib, "freeze")).toBeUndefined();
    expect(otherShutdownPolicy(byHand.cib, "restart")).toBe("shutdown-lock=true");
    expect(otherShutdownPolicy(byHand.cib, "migrate")).toBe("shutdown-lock=true");
  });
});
