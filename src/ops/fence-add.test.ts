import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Asked, fileEnvironment } from "../../test/support/file-environment.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { HavenError, isHavenError } from "../base/errors.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { Environment } from "./environment.ts";
import { type FenceAddOptions, fenceAdd } from "./fence-add.ts";
import { fenceDevices, levelsOf } from "./fence-devices.ts";
import { fenceList, fenceShow } from "./fence-list.ts";
import { fenceRemove } from "./fence-remove.ts";
import { fenceSetLevels } from "./fence-set-levels.ts";
import { supplyProblemsOf } from "./fence-supplies.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-fence-add-"));
const file = new VmCibFile(join(dir, "cib.xml"));
beforeEach(() => file.reset());
afterAll(() => rmSync(dir, { recursive: true }));

/** What the agents of these tests say of themselves, in the fence-agents package's form. */
const agents: Readonly<Record<string, readonly string[]>> = {
  fence_ipmilan: [
    'name="ip" required="1" obsoletes="ipaddr"|string',
    'name="ipaddr" required="1" deprecated="1"|string',
    'name="username"|string',
    'name="password"|string',
    'name="lanplus"|boolean',
    'name="power_timeout"|second',
    'name="method"|select:onoff,cycle',
  ],
  fence_apc_snmp: [
    'name="ip" required="1"|string',
    'name="community"|string',
    'name="plug" required="1"|string',
  ],
  fence_haven_manual: ['name="action"|string'],
  fence_watchdog: ['name="action"|string', 'name="nodename"|string', 'name="plug"|string'],
  fence_heuristics_ping: ['name="ping_targets" required="1"|string:='],
  fence_aws: ['name="access_key"|string', 'name="secret_key"|string'],
  "external/ssh": ['name="hostlist" required="1"|string'],
};

function metadata(agent: string): Promise<string> {
  const found = agents[agent];
  if (found === undefined) return Promise.reject(new HavenError("agent.unknown", { agent }));
  const parameters = found.map((line) => {
    const [attributes, type = "string"] = line.split("|");
    const [name, choices] = type.replace(":=", "").split(":");
    const preset = type.endsWith(":=") ? 'default=""' : "";
    const options = (choices?.split(",") ?? []).map((one) => `<option value="${one}"/>`).join("");
    return `<parameter ${attributes}><content type="${name}" ${preset}>${options}</content><shortdesc>Words</shortdesc></parameter>`;
  });
  return Promise.resolve(
    `<resource-agent name="${agent}"><parameters>${parameters.join("")}</parameters></resource-agent>`,
  );
}

function environment(answer = true): Environment & { readonly asked: readonly Asked[] } {
  const base = fileEnvironment(file.path, answer);
  const pacemaker = Object.assign(Object.create(base.pacemaker) as Environment["pacemaker"], {
    fenceAgentMetadata: metadata,
    fenceAgents: () => Promise.resolve(Object.keys(agents)),
  });
  return { ...base, pacemaker };
}

const ipmi: FenceAddOptions = {
  kind: "ipmi",
  hosts: [{ node: "node1", plugs: [] }],
  values: { ip: "10.0.9.1", username: "haven" },
  secrets: { password: "very-secret" },
};

const apc = { kind: "apc", values: { ip: "10.0.9.200" }, secrets: { community: "private" } };
/** node1 has two power supplies, node2 one. */
const supplies = [
  { node: "node1", plugs: ["1", "9"] },
  { node: "node2", plugs: ["2"] },
];

const devices = () => fenceDevices(file.read(), isSecretParameter);

async function problems(options: FenceAddOptions): Promise<string> {
  const before = file.read().toXml();
  try {
    await fenceAdd(environment(), options);
  } catch (error) {
    expect(file.read().toXml()).toBe(before);
    return error instanceof HavenError ? `${error.message}\n${error.hint ?? ""}` : String(error);
  }
  throw new Error("It was added");
}

describe("added", () => {
  test("a server's own device: kept off the server, its secret out of the configuration", async () => {
    const { names, plan } = await fenceAdd(environment(), ipmi);
    expect(names).toEqual(["fence-node1"]);
    expect(plan).toEqual(["+ fence-node1: fence_ipmilan shoots node1"]);
    const cib = file.read();
    expect(cib.toXml()).not.toContain("very-secret");
    const device = fenceDevices(cib, isSecretParameter).find(({ id }) => id === "fence-node1");
    expect(device).toMatchObject({
      hidden: ["password"],
      notOn: ["node1"],
      hosts: [{ node: "node1", plugs: [] }],
    });
    expect(Object.fromEntries(device?.parameters ?? [])).toMatchObject({
      lanplus: "1",
      pcmk_off_timeout: "60s",
    });
  });

  test("a device that takes one connection at a time is one resource for all its servers", async () => {
    const { names, plan } = await fenceAdd(environment(), {
      ...apc,
      hosts: [
        { node: "node1", plugs: ["1"] },
        { node: "node2", plugs: ["2"] },
      ],
    });
    expect(names).toEqual(["fence-apc-10.0.9.200"]);
    expect(plan).toEqual([
      "+ fence-apc-10.0.9.200: fence_apc_snmp shoots node1 by outlet 1, node2 by outlet 2",
    ]);
    const [, device] = fenceDevices(file.read(), isSecretParameter);
    expect(device?.parameters.get("pcmk_host_map")).toBe("node1:1;node2:2");
    expect(device?.notOn).toEqual([]);
  });

  test("a second power supply is a resource of its own, and a server is off when both are", async () => {
    const { names, plan } = await fenceAdd(environment(), { ...apc, hosts: supplies });
    expect(names).toEqual(["fence-apc-10.0.9.200", "fence-apc-10.0.9.200-2"]);
    expect(plan).toEqual([
      "+ fence-apc-10.0.9.200: fence_apc_snmp shoots node1 by outlet 1, node2 by outlet 2",
      "+ fence-apc-10.0.9.200-2: fence_apc_snmp shoots node1 by outlet 9",
      "  node1: fence is level 1",
      "  node1: fence-apc-10.0.9.200 and fence-apc-10.0.9.200-2 are level 2: all of them must succeed",
    ]);
    const cib = file.read();
    expect(
      fenceDevices(cib, isSecretParameter).map(({ parameters }) => parameters.get("pcmk_host_map")),
    ).toEqual([undefined, "node1:1;node2:2", "node1:9"]);
    expect(levelsOf(cib, "node1").map(({ devices }) => devices)).toEqual([["fence"], [...names]]);
    expect(levelsOf(cib, "node2")).toEqual([]);
  });

  test("in the place of a device that named two outlets for an agent that switches the first", async () => {
    await fenceAdd(environment(), { ...apc, hosts: [{ node: "node1", plugs: ["1"] }] });
    const id = "fence-apc-10.0.9.200";
    const broken = new CibEditor(file.read());
    broken.setNvpairs(id, "instance_attributes", { pcmk_host_map: "node1:1,9" });
    writeFileSync(file.path, broken.cib.toXml());
    expect(supplyProblemsOf(file.read(), devices())).toEqual([
      {
        node: "node1",
        text: expect.stringMatching(/names 2 outlets of node1 \(1, 9\), of which fence_apc_snmp/),
      },
    ]);
    const { names } = await fenceAdd(environment(), { ...apc, hosts: supplies, id, replace: true });
    expect(names).toEqual([id, `${id}-2`]);
    expect(supplyProblemsOf(file.read(), devices())).toEqual([]);
    const again = await fenceAdd(environment(), { ...apc, hosts: supplies, id, replace: true });
    expect(again.names).toEqual([id, `${id}-2`]);
    const single = [{ node: "node1", plugs: ["1"] }];
    const { plan } = await fenceAdd(environment(), { ...apc, hosts: single, id, replace: true });
    expect(plan).toContain(`- ${id}-2`);
    expect(devices().map((device) => device.id)).toEqual(["fence", id]);
  });

  test("the supplies of a server are not parted: not in its levels, nor by a removal", async () => {
    const { names } = await fenceAdd(environment(), { ...apc, hosts: supplies });
    const [first = "", second = ""] = names;
    const set = (levels: readonly (readonly string[])[]) =>
      fenceSetLevels(environment(), { node: "node1", levels });
    for (const levels of [[], [[first]], [[first], [second]], [["fence"], [second]]]) {
      await expect(set(levels)).rejects.toThrow(/switch a power supply of node1 each/);
    }
    await set([[second, first], ["fence"]]);
    await set([["fence"]]);
    await expect(fenceRemove(environment(), { ids: [second] })).rejects.toThrow(
      /node1 would count as off when fence-apc-10\.0\.9\.200 has switched one/,
    );
    await fenceRemove(environment(), { ids: names });
    expect(devices().map(({ id }) => id)).toEqual(["fence"]);
  });

  test("a person comes last, after the devices that a node has", async () => {
    await fenceAdd(environment(), ipmi);
    const { plan } = await fenceAdd(environment(), {
      kind: "manual",
      hosts: [
        { node: "node1", plugs: [] },
        { node: "node2", plugs: [] },
      ],
      values: {},
      secrets: {},
    });
    expect(plan).toContain("  node1: fence-node1-2 is level 3");
    const cib = file.read();
    // The fence device without a host list may shoot anyone, so it keeps its part.
    expect(levelsOf(cib, "node1").map(({ devices }) => devices)).toEqual([
      ["fence"],
      ["fence-node1"],
      ["fence-node1-2"],
    ]);
    expect(levelsOf(cib, "node2").map(({ devices }) => devices)).toEqual([["fence"], ["fence-node2"]]);
  });

  test("a level of its own choice: what was there keeps a level, too", async () => {
    await fenceAdd(environment(), { ...ipmi, level: 1 });
    expect(levelsOf(file.read(), "node1").map(({ devices }) => devices)).toEqual([
      ["fence-node1"],
      ["fence"],
    ]);
    const second = { ...ipmi, values: { ip: "10.0.9.101" }, id: "fence-b", level: 1 };
    const { plan } = await fenceAdd(environment(), second);
    expect(plan).toContain("  node1: fence-b is level 1 beside fence-node1: all of them must succeed");
    await fenceAdd(environment(), { ...ipmi, values: { ip: "10.0.9.102" }, id: "fence-c" });
    expect(levelsOf(file.read(), "node1").map(({ devices }) => devices)).toEqual([
      ["fence-node1", "fence-b"],
      ["fence"],
      ["fence-c"],
    ]);
  });

  test("in the place of one that is there, and not when the answer is no", async () => {
    await fenceAdd(environment(), ipmi);
    const changed = { ...ipmi, id: "fence-node1", values: { ip: "10.0.9.77" }, replace: true };
    await expect(fenceAdd(environment(false), changed)).rejects.toMatchObject({ code: "vm.declined" });
    await fenceAdd(environment(), changed);
    const [, device] = fenceDevices(file.read(), isSecretParameter);
    expect(device?.parameters.get("ip")).toBe("10.0.9.77");
    expect(device?.parameters.has("username")).toBe(false);
  });
});

describe("a person as a device", () => {
  const manual: FenceAddOptions = {
    ...{ kind: "manual", hosts: [{ node: "node1", plugs: [] }], values: {}, secrets: {}, id: "person" },
  };
  const levels = () => levelsOf(file.read(), "node1").map((level) => level.devices);

  test("stays behind what is added later, unless a level is named", async () => {
    await fenceAdd(environment(), manual);
    expect(levels()).toEqual([["fence"], ["person"]]);
    const { plan } = await fenceAdd(environment(), ipmi);
    expect(levels()).toEqual([["fence"], ["fence-node1"], ["person"]]);
    expect(plan).toContain("  node1: person is level 3");
    await fenceAdd(environment(), { ...ipmi, id: "fence-b", values: { ip: "10.0.9.102" }, level: 4 });
    expect(levels()).toEqual([["fence"], ["fence-node1"], ["person"], ["fence-b"]]);
  });

  test("in a level with another device it stays where somebody has put it", async () => {
    await fenceAdd(environment(), manual);
    await fenceSetLevels(environment(), { node: "node1", levels: [["fence", "person"]] });
    await fenceAdd(environment(), ipmi);
    expect(levels()).toEqual([["fence", "person"], ["fence-node1"]]);
  });
});

describe("the watchdog as a device", () => {
  const all = ["node1", "node2", "node3"].map((node) => ({ node, plugs: [] }));
  const watchdog: FenceAddOptions = { kind: "watchdog", hosts: all, values: {}, secrets: {} };
  const levels = (node: string) => levelsOf(file.read(), node).map((level) => level.devices);

  /** Three nodes that SBD watches; the device that may shoot anyone has times of its own. */
  beforeEach(() => {
    const editor = new CibEditor(file.read());
    editor.setProperties({
      "stonith-watchdog-timeout": "15s",
      "have-watchdog": true,
      "dc-version": "3.0.0-x",
    });
    editor.setNvpairs("fence", "instance_attributes", {
      pcmk_off_timeout: "60s",
      pcmk_reboot_timeout: "120s",
    });
    writeFileSync(file.path, editor.cib.toXml());
  });

  test("comes last, by the one name that it has, with the time that Pacemaker needs to come to it", async () => {
    const { names, plan } = await fenceAdd(environment(), watchdog);
    expect(names).toEqual(["watchdog"]);
    expect(plan).toContain("+ watchdog: fence_watchdog shoots node1, node2, node3");
    expect(plan).toContain("  node2: watchdog is level 2");
    expect(plan).toContainEqual(expect.stringMatching(/^stonith-timeout=135s: /));
    expect(levels("node1")).toEqual([["fence"], ["watchdog"]]);
    expect(file.read().property("stonith-timeout")).toBe("135s");
    const device = devices().find(({ id }) => id === "watchdog");
    expect(Object.fromEntries(device?.parameters ?? [])).toEqual({
      pcmk_host_list: "node1 node2 node3",
      pcmk_host_check: "static-list",
    });
    // It is started on every node: one that it were kept off would count on all watchdogs.
    expect(device?.notOn).toEqual([]);
    expect(await problems(watchdog)).toMatch(/watchdog is there already/);
    expect((await fenceAdd(environment(), { ...watchdog, replace: true })).names).toEqual(["watchdog"]);
    expect(devices().filter(({ agent }) => agent === "fence_watchdog")).toHaveLength(1);
  });

  test("stays last when others come and go", async () => {
    await fenceAdd(environment(), watchdog);
    const { plan } = await fenceAdd(environment(), ipmi);
    expect(plan).toContain("  node1: watchdog is level 3");
    expect(levels("node1")).toEqual([["fence"], ["fence-node1"], ["watchdog"]]);
    expect(file.read().property("stonith-timeout")).toBe("255s");
    await fenceAdd(environment(), { ...ipmi, id: "fence-b", values: { ip: "10.0.9.102" }, level: 3 });
    expect(levels("node1")).toEqual([["fence"], ["fence-node1"], ["fence-b"], ["watchdog"]]);
    const set = (steps: readonly (readonly string[])[]) =>
      fenceSetLevels(environment(), { node: "node1", levels: steps });
    for (const wrong of [[["watchdog"], ["fence"]], [["fence", "watchdog"]], []]) {
      await expect(set(wrong)).rejects.toThrow(/watchdog/);
    }
    await set([["fence-b"], ["watchdog"]]);
    await fenceRemove(environment(), { ids: ["watchdog"] });
    expect(levels("node1")).toEqual([["fence-b"]]);
  });

  test("alone it needs no level, and gets one when a device comes before it", async () => {
    await fenceRemove(environment(), { ids: ["fence"] });
    const { nodes } = await fenceList(environment());
    expect(nodes[0]?.levels).toEqual([{ index: undefined, devices: ["watchdog"] }]);
    await fenceAdd(environment(), watchdog);
    expect(levels("node1")).toEqual([]);
    await fenceAdd(environment(), ipmi);
    expect(levels("node1")).toEqual([["fence-node1"], ["watchdog"]]);
    expect(levels("node2")).toEqual([]);
  });

  test("is refused where Pacemaker would not come to it", async () => {
    expect(await problems({ ...watchdog, hosts: all.slice(1) })).toMatch(/name all of them, --for node1 too/);
    expect(await problems({ ...watchdog, id: "dog" })).toMatch(/by the name watchdog only/);
    const editor = new CibEditor(file.read());
    editor.setNvpairs("fence", "instance_attributes", { pcmk_off_timeout: undefined });
    writeFileSync(file.path, editor.cib.toXml());
    expect(await problems(watchdog)).toMatch(/fence may take all of the cluster's time .*--set-parameter/);
  });

  test("takes no person beside it", async () => {
    await fenceAdd(environment(), watchdog);
    const person = { kind: "manual", hosts: all.slice(0, 1), values: {}, secrets: {} };
    expect(await problems(person)).toMatch(
      /fence-node1 asks a person about node1: behind the watchdog nobody/,
    );
  });
});

describe("refused before anything is written, with what to type", () => {
  const cases: readonly (readonly [string, FenceAddOptions, readonly RegExp[]])[] = [
    [
      "an unknown agent",
      { ...ipmi, kind: "fence_ipmilam" },
      [/no fence agent fence_ipmilam/, /Did you mean fence_ipmilan\?/],
    ],
    ["an unknown kind", { ...ipmi, kind: "ipmy" }, [/Did you mean ipmi\?/]],
    [
      "a kind whose agent is not installed",
      { ...ipmi, kind: "redfish" },
      [/apt-get install fence-agents-redfish/],
    ],
    [
      "an unknown parameter",
      { ...ipmi, values: { ...ipmi.values, usernam: "x" } },
      [/no parameter usernam; did you mean username\?/],
    ],
    [
      "an old name",
      { ...ipmi, values: { ipaddr: "10.0.9.1" } },
      [/ipaddr is the old name of ip: --set ip=10\.0\.9\.1/, /needs ip \(Words\): --set ip=VALUE/],
    ],
    [
      "a secret on the command line",
      { ...ipmi, values: { ...ipmi.values, password: "x" } },
      [/password is a secret.*--secret password/],
    ],
    [
      "a secret that the agent has not",
      { ...ipmi, secrets: { pasword: "x" } },
      [/no parameter pasword; did you mean password\?/],
    ],
    [
      "a cloud's key, which is a secret by another name",
      { ...ipmi, kind: "fence_aws", values: { access_key: "A", secret_key: "x" }, secrets: {} },
      [/secret_key is a secret.*--secret secret_key/],
    ],
    [
      "a required parameter whose default is empty",
      { ...ipmi, kind: "fence_heuristics_ping", values: {}, secrets: {} },
      [
        /needs ping_targets \(Words\): --set ping_targets=VALUE/,
        /fence_heuristics_ping switches nothing: .*; with --force/,
      ],
    ],
    [
      "a value of another type",
      { ...ipmi, values: { ...ipmi.values, power_timeout: "long", lanplus: "maybe", method: "off" } },
      [
        /power_timeout: expected a number of seconds, found long/,
        /lanplus: expected 1 or 0, found maybe/,
        /method: expected one of onoff, cycle, found off/,
      ],
    ],
    [
      "what the cluster says itself",
      { ...ipmi, values: { ...ipmi.values, action: "off", pcmk_host_list: "node1" } },
      [/action is given by the cluster/, /pcmk_host_list is given with --for NODE/],
    ],
    [
      "a node that is not there",
      { ...ipmi, hosts: [{ node: "nod1", plugs: [] }] },
      [/no node nod1; did you mean --for node1\?/],
    ],
    ["no node", { ...ipmi, hosts: [] }, [/--for NODE, one of node1, node2, node3/]],
    [
      "a node twice",
      { ...ipmi, hosts: [...ipmi.hosts, ...ipmi.hosts] },
      [/node1 is named twice: give its outlets together/],
    ],
    [
      "an outlet that is not said",
      { kind: "apc", hosts: ipmi.hosts, values: { ip: "10.0.9.2" }, secrets: {} },
      [/--for node1=NUMBER/],
    ],
    [
      "a kind for tests",
      { ...ipmi, kind: "ssh", values: { hostlist: "node1" }, secrets: {} },
      [/ssh is for tests only: .*; with --force/],
    ],
    ["an id that is no id", { ...ipmi, id: "9 lives" }, [/--id: expected a name/]],
    ["an id that is taken", { ...ipmi, id: "fence" }, [/fence is there already: another --id, or --replace/]],
    ["nothing to replace", { ...ipmi, id: "fence-x", replace: true }, [/There is no fence-x to replace/]],
  ];
  test.each(cases)("%s", async (_, options, words) => {
    const said = await problems(options);
    for (const word of words) expect(said).toMatch(word);
  });

  test("two servers on one outlet, and one device twice", async () => {
    await fenceAdd(environment(), { ...apc, hosts: [{ node: "node1", plugs: ["1", "9"] }] });
    expect(await problems({ ...apc, hosts: [{ node: "node2", plugs: ["9"] }] })).toMatch(
      /outlet 9 at 10\.0\.9\.200 is node1's already by fence-apc-10\.0\.9\.200-2, and cannot be node2's too/,
    );
    const both = [
      { node: "node2", plugs: ["3"] },
      { node: "node3", plugs: ["3"] },
    ];
    expect(await problems({ ...apc, hosts: both })).toMatch(/is node2's already, and cannot be node3's too/);
    await fenceAdd(environment(), ipmi);
    expect(await problems({ ...ipmi, hosts: [{ node: "node2", plugs: [] }] })).toMatch(
      /the device at 10\.0\.9\.1 is node1's/,
    );
    expect(await problems(ipmi)).toMatch(/fence-node1 shoots node1 by the device at 10\.0\.9\.1 already/);
  });
});

test("listed and shown without the secret", async () => {
  await fenceAdd(environment(), ipmi);
  const list = await fenceList(environment());
  expect(list.nodes.find(({ node }) => node === "node1")?.levels.map(({ devices }) => devices)).toEqual([
    ["fence"],
    ["fence-node1"],
  ]);
  const detail = await fenceShow(environment(), "fence-node1");
  expect(detail.parameters).toContainEqual({ name: "password", value: undefined, help: "Words" });
  await expect(fenceShow(environment(), "fence-node")).rejects.toThrow(/no fence device 'fence-node'/);
});

test("levels: set, checked, taken away", async () => {
  await fenceAdd(environment(), ipmi);
  await fenceAdd(environment(), {
    ...ipmi,
    hosts: [{ node: "node2", plugs: [] }],
    values: { ip: "10.0.9.2" },
  });
  const set = (levels: readonly (readonly string[])[]) =>
    fenceSetLevels(environment(), { node: "node1", levels });
  await set([["fence"], ["fence-node1"]]);
  expect(levelsOf(file.read(), "node1").map(({ devices }) => devices)).toEqual([["fence"], ["fence-node1"]]);
  await set([["fence-node1", "fence"]]);
  expect(levelsOf(file.read(), "node1").map(({ devices }) => devices)).toEqual([["fence-node1", "fence"]]);
  await expect(set([["fence-node2"]])).rejects.toThrow(/fence-node2 does not shoot node1/);
  await expect(set([["fence"], ["fence"]])).rejects.toThrow(/fence is named twice/);
  await expect(set([["fense"]])).rejects.toThrow(/no fence device 'fense'/);
  await set([]);
  expect(levelsOf(file.read(), "node1")).toEqual([]);
});

test("removed with its levels, but not where a node would be left that nothing can shoot", async () => {
  await fenceAdd(environment(), { ...ipmi, level: 1 });
  await fenceRemove(environment(), { ids: ["fence"], force: true });
  expect(levelsOf(file.read(), "node1").map(({ devices }) => devices)).toEqual([["fence-node1"]]);
  const bare = fenceRemove(environment(), { ids: ["fence-node1"] });
  await expect(bare).rejects.toThrow(/Nothing could shoot node1 any more/);
  expect(isHavenError(await bare.catch((error: unknown) => error), "fence.refused")).toBe(true);
  await fenceRemove(environment(), { ids: ["fence-node1"], force: true });
  expect(fenceDevices(file.read(), isSecretParameter)).toEqual([]);
  expect(file.read().toXml()).not.toContain("fence-node1");
});
