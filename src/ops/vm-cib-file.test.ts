import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { run } from "../base/exec.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { moveConstraint } from "../vm/move-constraint.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { vmAdd } from "./vm-add.ts";
import { vmList } from "./vm-list.ts";
import { vmManage } from "./vm-manage.ts";
import { vmMove } from "./vm-move.ts";
import { vmRemove } from "./vm-remove.ts";
import { vmShow } from "./vm-show.ts";
import { vmStart } from "./vm-start.ts";
import { vmStop } from "./vm-stop.ts";

// Each command runs Pacemaker's scheduler, and several of them make a test.
setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-vm-cib-"));
const file = join(dir, "cib.xml");
afterAll(() => rmSync(dir, { recursive: true }));

const node = (id: number, memory: number): string =>
  `<node id="${id}" uname="node${id}"><utilization id="u${id}"><nvpair id="u${id}m" name="memory" value="${memory}"/>` +
  `<nvpair id="u${id}c" name="cpu" value="8"/></utilization></node>`;
const state = (id: number, resources = ""): string =>
  `<node_state id="${id}" uname="node${id}" in_ccm="true" crmd="online" join="member" expected="member">` +
  `<lrm id="${id}"><lrm_resources>${resources}</lrm_resources></lrm></node_state>`;

/** Two nodes of 2 and 4 GiB, online, with nothing on them. */
function writeCib(status = state(1) + state(2)): void {
  const properties = [
    ["stonith-enabled", "true"],
    ["placement-strategy", "balanced"],
  ].map(([name, value]) => `<nvpair id="o-${name}" name="${name}" value="${value}"/>`);
  writeFileSync(
    file,
    `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0" have-quorum="1">` +
      `<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">${properties.join("")}</cluster_property_set></crm_config>` +
      `<nodes>${node(1, 2048)}${node(2, 4096)}</nodes><resources><primitive id="fence" class="stonith" type="fence_none"/></resources><constraints/></configuration><status>${status}</status></cib>`,
  );
}

const read = (): Cib => Cib.parse(readFileSync(file, "utf8"));
const texts = (text: string) => [{ file: "vms.yaml", text }];
const two =
  "name: web1\nmemory: 1 GiB\nplacement: {prefer: node2}\n---\nname: web2\nmemory: 512\npriority: 9\n";

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("on a CIB file", () => {
  beforeEach(() => writeCib());

  test("what Pacemaker's own tools write about a VM goes into the VM's one set, and Haven changes it there", async () => {
    const environment = fileEnvironment(file);
    await vmAdd(environment, { texts: texts(two) });
    const set = async (kind: string, name: string, value: string): Promise<void> => {
      const words = [kind, "--set-parameter", name, "--parameter-value", value, "--resource", "vm-web1"];
      await run(["crm_resource", ...words], { env: { CIB_file: file } });
    };
    await set("--meta", "target-role", "Stopped");
    await set("--meta", "resource-stickiness", "7");
    await set("--utilization", "network", "10");
    await vmStart(environment, { names: ["web1"] });
    const cib = read();
    const primitive = cib.byId("vm-web1");
    const sets = primitive?.children.map(({ name }) => name).sort();
    expect(sets).toEqual(["instance_attributes", "meta_attributes", "operations", "utilization"]);
    const meta = primitive && Object.fromEntries(cib.nvpairs(primitive, "meta_attributes"));
    expect(meta).toMatchObject({ "allow-migrate": "true", "resource-stickiness": "7" });
    expect(meta?.["target-role"] ?? "Started").toBe("Started");
    expect(primitive && cib.nvpairs(primitive, "utilization").get("network")).toBe("10");
  });

  test("VMs are added as one change, whose effect was shown", async () => {
    const environment = fileEnvironment(file);
    const result = await vmAdd(environment, { texts: texts(two) });
    expect(result).toMatchObject({ names: ["web1", "web2"], committed: true });
    expect(environment.asked).toEqual([
      { question: "Add web1 and web2?", lines: expect.arrayContaining(["web1 starts on node2"]) },
    ]);
    const cib = read();
    expect(cib.version.epoch).toBe(5);
    expect(vmsInCib(cib).map(({ name, memory, priority }) => [name, memory, priority])).toEqual([
      ["web1", 1024, 1],
      ["web2", 512, 9],
    ]);
    expect(cib.constraints.map((constraint) => constraint.get("id"))).toEqual(["vm-web1.prefer.node2"]);
    expect(await environment.pacemaker.verify()).toEqual([]);
    await vmAdd(environment, { texts: texts("name: web3\nmemory: 128") });
    expect(vmsInCib(read())).toHaveLength(3);
  });

  test("no is an answer, and a dry run changes nothing", async () => {
    const before = readFileSync(file, "utf8");
    expect(await refusal(vmAdd(fileEnvironment(file, false), { texts: texts(two) }))).toStartWith(
      "vm.declined",
    );
    const environment = fileEnvironment(file);
    const result = await vmAdd(environment, { texts: texts(two), dryRun: true });
    expect(result.committed).toBe(false);
    expect(result.effect).toContain("web1 starts on node2");
    expect(environment.asked).toEqual([]);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("a VM that no node can take is told of before it is added", async () => {
    const environment = fileEnvironment(file);
    await vmAdd(environment, { texts: texts("name: a\nmemory: 4096\n---\nname: b\nmemory: 4096") });
    expect(environment.asked[0]?.lines).toContainEqual(
      expect.stringMatching(/^[ab] does not start now: no node can take it$/),
    );
  });

  test("all problems are told at once, and nothing is changed", async () => {
    const environment = fileEnvironment(file);
    await vmAdd(environment, { texts: texts("name: web1\nmemory: 1G") });
    const before = readFileSync(file, "utf8");
    const bad =
      "name: web1\nmemory: 64 GiB\ncpu: 9\nplacement:\n  prefer: [noode1, node2]\n---\nnam: x\nmemory: 1G\n";
    const text = await refusal(vmAdd(environment, { texts: texts(bad) }));
    expect(text.split("\n").map((line) => line.trim())).toEqual([
      "vm.invalid: 6 problems, nothing was changed",
      "vms.yaml:7:1: name: expected a name such as web1: small letters, digits and dashes, found nothing",
      expect.stringMatching(/^vms.yaml:7:1: nam: expected one of name, .* \(did you mean name\?\)$/),
      "vms.yaml:1:1: name: expected a new name, found web1, which the cluster has already",
      "vms.yaml:5:12: placement.prefer[0]: expected a node of the cluster, found noode1 (did you mean node1?)",
      "vms.yaml:2:1: memory: expected at most 4096 MiB, which is what the largest node has, found 65536",
      "vms.yaml:3:1: cpu: expected at most 8 CPUs, which is what the largest node has, found 9",
    ]);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("XML of the specification's own that is not well formed is named", async () => {
    const text = await refusal(
      vmAdd(fileEnvironment(file), { texts: texts("name: a\nmemory: 1\nxml:\n  devices: <a>") }),
    );
    expect(text).toStartWith("vm.invalid: vms.yaml:3: xml: ");
  });

  test("a VM too large for the CIB is refused", async () => {
    const devices = "<x/>".repeat(30_000);
    const text = await refusal(
      vmAdd(fileEnvironment(file), { texts: texts(`name: a\nmemory: 1\nxml: {devices: "${devices}"}`) }),
    );
    expect(text).toStartWith("cib.value");
    expect(vmsInCib(read())).toEqual([]);
  });

  test("stop, start, unmanage, manage, remove", async () => {
    const environment = fileEnvironment(file);
    await vmAdd(environment, { texts: texts(two) });
    expect(await vmStop(environment, { names: ["web*"] })).toMatchObject({ names: ["web1", "web2"] });
    expect((await vmList(environment)).map(({ wanted }) => wanted)).toEqual(["stopped", "stopped"]);
    expect(await vmStop(environment, { names: ["web1"] })).toMatchObject({ names: [], unchanged: ["web1"] });
    expect(await vmStart(environment, { names: ["web2"] })).toMatchObject({
      names: ["web2"],
      committed: true,
    });
    await vmManage(environment, { names: ["web2"], managed: false });
    expect((await vmShow(environment, { names: ["web2"] }))[0]).toMatchObject({
      managed: false,
      wanted: "running",
    });
    expect(await refusal(vmStart(environment, { names: ["web2"] }))).toBe(
      "vm.refused: web2 is unmanaged: Pacemaker leaves it alone",
    );
    expect(await vmManage(environment, { names: ["*"], managed: true })).toMatchObject({
      names: ["web2"],
      unchanged: ["web1"],
    });
    expect(await refusal(vmRemove(environment, { names: ["wbe1"] }))).toBe(
      "vm.not-found: There is no VM wbe1",
    );
    await vmRemove(environment, { names: ["web*"] });
    const cib = read();
    expect(vmsInCib(cib)).toEqual([]);
    expect(cib.constraints).toEqual([]);
    expect(await environment.pacemaker.verify()).toEqual([]);
  });

  test("a move is one constraint with an end, and an expired one is taken away", async () => {
    const environment = fileEnvironment(file);
    await vmAdd(environment, { texts: texts("name: web1\nmemory: 1G") });
    runsOn(1);
    expect((await vmList(environment))[0]).toMatchObject({ state: "running", nodes: ["node1"] });
    expect(await vmMove(environment, { names: ["web1"], to: "node1" })).toMatchObject({
      unchanged: ["web1"],
      moved: [],
    });
    expect(await vmMove(environment, { names: ["web1"], to: "node2" })).toMatchObject({
      moved: [{ name: "web1", from: "node1", to: "node2" }],
      committed: true,
      effect: expect.arrayContaining([expect.stringMatching(/^web1 migrates live from node1 to node2/)]),
    });
    expect((await vmList(environment))[0]?.move?.to).toBe("node2");
    expect(await environment.pacemaker.verify()).toEqual([]);
    expect(await refusal(vmMove(environment, { names: ["web1"], to: "node2" }))).toStartWith(
      "vm.refused: web1 is being moved to node2 already",
    );
    const editor = new CibEditor(read());
    editor.remove("vm-web1.move");
    editor.addConstraint(moveConstraint("web1", "node2", { host: "elsewhere", pid: 1 }, Date.now() - 1000));
    writeFileSync(file, editor.cib.toXml());
    expect((await vmList(environment))[0]?.move).toBeUndefined();
    await vmAdd(environment, { texts: texts("name: web2\nmemory: 128") });
    expect(read().constraints).toEqual([]);
  });

  test("a move that Pacemaker would not make is refused", async () => {
    const environment = fileEnvironment(file);
    await vmAdd(environment, { texts: texts("name: web1\nmemory: 3G") });
    runsOn(2);
    expect(await refusal(vmMove(environment, { names: ["web1"], to: "node1" }))).toStartWith(
      "vm.refused: web1 cannot move to node1: Pacemaker would",
    );
    expect(read().constraints).toEqual([]);
  });
});

/** Puts into the status that web1 was started on that node. */
function runsOn(id: number): void {
  const operation = (key: string, name: string, interval: number, rc: number, call: number): string =>
    `<lrm_rsc_op id="vm-web1_${key}" operation_key="vm-web1_${name}_${interval}" operation="${name}" ` +
    `transition-key="${call}:1:${name === "monitor" && interval === 0 ? 7 : 0}:5f1b1b7e-0000-4000-8000-000000000000" ` +
    `transition-magic="0:${rc};${call}:1:${rc}:5f1b1b7e-0000-4000-8000-000000000000" call-id="${call}" rc-code="${rc}" ` +
    `op-status="0" interval="${interval}" on_node="node${id}" exit-reason=""/>`;
  const history = (where: number): string =>
    `<lrm_resource id="vm-web1" class="ocf" provider="haven" type="Domain">` +
    (where === id ? operation("last_0", "start", 0, 0, 5) : operation("last_0", "monitor", 0, 7, 3)) +
    "</lrm_resource>";
  const text = readFileSync(file, "utf8");
  const status = state(1, history(1)) + state(2, history(2));
  writeFileSync(file, text.replace(/<status>[\s\S]*<\/status>/, `<status>${status}</status>`));
}
