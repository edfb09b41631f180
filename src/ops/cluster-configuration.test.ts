import { describe, expect, test } from "bun:test";
import { exec } from "../base/exec.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { configureCluster } from "./cluster-configuration.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { seedCib } from "./cluster-seed.ts";
import { fenceDevices, levelsOf } from "./fence-devices.ts";

const plan: ClusterPlan = {
  name: "test",
  nodes: [1, 2, 3].map((n) => ({ name: `node${n}`, addresses: [`10.0.0.${n}`] })),
  fencing: [
    {
      kind: "chassis",
      address: "10.0.0.250",
      credentials: { version: "2c", community: "very-secret" },
      hosts: [{ node: "node1" }, { node: "node2", plug: "blade 2" }],
    },
    {
      kind: "agent",
      agent: "fence_ipmilan",
      options: { ip: "10.0.0.103" },
      secrets: { password: "also-secret" },
      hosts: [{ node: "node3" }],
    },
  ],
  pingTargets: ["10.0.0.1", "10.0.0.2"],
  expectedVms: 50,
};

const input = {
  plan,
  ids: new Map([
    ["node1", 1],
    ["node2", 2],
    ["node3", 3],
  ]),
  utilization: new Map([["node1", { memoryMiB: 1000, cpu: 8 }]]),
  alertPath: "/usr/lib/haven/alert_haven",
  secretsBeside: true,
};

const hasTools = Bun.which("crm_verify") !== null && Bun.which("crm_simulate") !== null;

describe("Pacemaker's configuration", () => {
  test("with a third vote nobody waits before he shoots; without it again they do", () => {
    const two = {
      ...input,
      plan: { ...plan, nodes: plan.nodes.slice(0, 2), fencing: plan.fencing.slice(0, 1) },
    };
    const voted = { ...two, plan: { ...two.plan, quorumDevice: { host: "10.0.0.9" } } };
    const editor = new CibEditor(Cib.parse(seedCib(two)));
    const delays = (): unknown[] => [
      editor.cib.property("priority-fencing-delay"),
      fenceDevices(editor.cib, () => false)[0]?.parameters.get("pcmk_delay_base"),
      fenceDevices(editor.cib, () => false)[1]?.parameters.get("no_softoff"),
    ];
    expect(delays()).toEqual(["15s", "node1:5s", "1"]);
    configureCluster(editor, voted);
    expect(delays()).toEqual([undefined, undefined, undefined]);
    configureCluster(editor, two);
    expect(delays()).toEqual(["15s", "node1:5s", "1"]);
    // What somebody has chosen stays.
    editor.setProperties({ "priority-fencing-delay": "40s" });
    configureCluster(editor, voted);
    expect(delays()[0]).toBe("40s");
  });

  test("a node that resets itself counts as dead after a time, and as fenced; only where no quorum means stop", () => {
    const alone = { ...input, plan: { ...plan, fencing: [] } };
    const editor = new CibEditor(Cib.parse(seedCib(alone)));
    expect(editor.cib.property("stonith-enabled")).toBe("false");
    configureCluster(editor, { ...alone, watchdogSeconds: 14 });
    expect(editor.cib.property("stonith-watchdog-timeout")).toBe("14s");
    expect(editor.cib.property("stonith-enabled")).toBe("true");
    // Without knowing, nothing is changed; with a disk it goes.
    configureCluster(editor, alone);
    expect(editor.cib.property("stonith-watchdog-timeout")).toBe("14s");
    configureCluster(editor, { ...alone, watchdogSeconds: 0 });
    expect(editor.cib.property("stonith-watchdog-timeout")).toBeUndefined();
    editor.setProperties({ "no-quorum-policy": "ignore" });
    expect(() => configureCluster(editor, { ...alone, watchdogSeconds: 14 })).toThrow();
  });

  test("a server with two power supplies is off when both are", () => {
    const pdu = { kind: "agent", agent: "fence_apc_snmp", options: { ip: "10.0.0.200" } } as const;
    const hosts = [
      { node: "node1", plug: "1,9" },
      { node: "node2", plug: "2" },
    ];
    const cib = Cib.parse(seedCib({ ...input, plan: { ...plan, fencing: [{ ...pdu, hosts }] } }));
    expect(fenceDevices(cib, () => false).map(({ id, hosts: own }) => [id, own])).toEqual([
      [
        "fence-apc-10.0.0.200",
        [
          { node: "node1", plugs: ["1"] },
          { node: "node2", plugs: ["2"] },
        ],
      ],
      ["fence-apc-10.0.0.200-2", [{ node: "node1", plugs: ["9"] }]],
    ]);
    expect(levelsOf(cib, "node1").map(({ devices }) => devices)).toEqual([
      ["fence-apc-10.0.0.200", "fence-apc-10.0.0.200-2"],
    ]);
    expect(levelsOf(cib, "node2")).toEqual([]);
  });

  test("holds what the plan says, and no secret", () => {
    const text = seedCib(input);
    const cib = Cib.parse(text);
    expect(cib.property("stonith-enabled")).toBe("true");
    expect(cib.property("placement-strategy")).toBe("balanced");
    expect(cib.property("dc-deadtime")).toBeUndefined();
    expect(cib.property("load-threshold")).toBe("1000%");
    expect(cib.properties("haven-settings").get("expected-vms")).toBe("50");
    expect(cib.node("node1")?.utilization.get("memory")).toBe("1000");
    const fence = cib.byId("fence-node2");
    expect(fence).toBeDefined();
    if (fence === undefined) return;
    const parameters = cib.nvpairs(fence, "instance_attributes");
    expect(parameters.get("community")).toBe("lrm://");
    expect(parameters.get("pcmk_host_map")).toBe("node2:blade\\ 2");
    expect(text).not.toContain("secret");
    expect(cib.constraintsOf("fence-node3")[0]?.get("node")).toBe("node3");
  });

  test("a second time changes nothing", () => {
    const editor = new CibEditor(Cib.parse(seedCib(input)));
    configureCluster(editor, input);
    expect(editor.changes()).toEqual([]);
  });

  test("what an administrator has changed stays, what the plan says is set", () => {
    const editor = new CibEditor(Cib.parse(seedCib(input)));
    editor.setProperties({ "no-quorum-policy": "freeze", "batch-limit": 7 });
    editor.setResourceDefaults({ "resource-stickiness": 5 });
    editor.setNvpairs("haven-vm", "meta_attributes", { priority: 3 }, "haven-vm-meta");
    const changed = new CibEditor(editor.cib);
    configureCluster(changed, { ...input, plan: { ...plan, tuning: { batchLimit: 9 } } });
    expect(changed.cib.property("no-quorum-policy")).toBe("freeze");
    expect(changed.cib.property("batch-limit")).toBe("9");
    expect(changed.changes().length).toBe(1);
  });

  test("what holds for all VMs is a default of a new cluster, and of no cluster that has defaults", () => {
    const fresh = Cib.parse(seedCib(input));
    expect(Object.fromEntries(fresh.resourceDefaults)).toEqual({
      "resource-stickiness": "10000",
      "migration-threshold": "3",
      "failure-timeout": "600s",
    });
    const editor = new CibEditor(fresh);
    editor.setResourceDefaults({ "migration-threshold": undefined, "failure-timeout": undefined });
    configureCluster(editor, input);
    expect([...editor.cib.resourceDefaults.keys()]).toEqual(["resource-stickiness"]);
  });

  test("a change of what nodes can ping lasts long enough for all to notice it", () => {
    const dampen = (tuning: ClusterPlan["tuning"]): string | undefined => {
      const cib = Cib.parse(
        seedCib({ ...input, plan: { ...plan, ...(tuning === undefined ? {} : { tuning }) } }),
      );
      const ping = cib.byId("haven-ping");
      return ping && cib.nvpairs(ping, "instance_attributes").get("dampen");
    };
    expect(dampen({})).toBe("30s");
    expect(dampen({ pingIntervalS: 2, pingDampenS: 5 })).toBe("8s");
  });

  test("without ping targets there is no rule, and what was is taken away", () => {
    const editor = new CibEditor(Cib.parse(seedCib(input)));
    configureCluster(editor, { ...input, plan: { ...plan, pingTargets: [] } });
    expect(editor.cib.byId("haven-ping")).toBeUndefined();
    expect(editor.cib.byId("haven-ping-clone")).toBeUndefined();
    expect(editor.cib.byId("haven-connectivity")).toBeUndefined();
  });

  describe("of two nodes", () => {
    const [chassis] = plan.fencing;
    const two = { ...plan, nodes: plan.nodes.slice(0, 2), fencing: plan.fencing.slice(0, 1) };
    const parameter = (from: ClusterPlan, id: string, name: string): string | undefined => {
      const cib = Cib.parse(seedCib({ ...input, plan: from }));
      const element = cib.byId(id);
      return element && cib.nvpairs(element, "instance_attributes").get(name);
    };

    test("they do not shoot each other at the same moment", () => {
      const delays = ["fence-node1", "fence-node2"].map((id) => parameter(two, id, "pcmk_delay_base"));
      expect(delays).toEqual(["node1:5s", undefined]);
      const pdu = { kind: "agent", agent: "fence_apc_snmp", options: { ip: "10.0.0.200" } } as const;
      const hosts = [
        { node: "node1", plug: "1" },
        { node: "node2", plug: "2" },
      ];
      const one = { ...two, fencing: [{ ...pdu, hosts }] };
      expect(parameter(one, "fence-apc-10.0.0.200", "pcmk_delay_base")).toBe("node1:5s");
      expect(parameter(plan, "fence-node1", "pcmk_delay_base")).toBeUndefined();
    });

    test("the side with the higher priorities has more than twice the other delay, and VMs have a priority", () => {
      const cib = Cib.parse(seedCib({ ...input, plan: two }));
      expect(cib.property("priority-fencing-delay")).toBe("15s");
      const template = cib.byId("haven-vm");
      expect(template && cib.nvpairs(template, "meta_attributes").get("priority")).toBe("1");
      expect(cib.resourceDefaults.get("priority")).toBeUndefined();
    });

    test("the loser gets no time to shoot while it shuts down, unless that is asked for", () => {
      expect(parameter(two, "fence-node2", "no_softoff")).toBe("1");
      expect(parameter(plan, "fence-node2", "no_softoff")).toBeUndefined();
      if (chassis?.kind !== "chassis") throw new Error("no chassis");
      const soft = { ...two, fencing: [{ ...chassis, noSoftOff: false }] };
      expect(parameter(soft, "fence-node2", "no_softoff")).toBe("0");
    });
  });

  test.skipIf(!hasTools)("crm_verify has nothing to say", async () => {
    const text = seedCib(input);
    const result = await exec(["crm_verify", "-VV", "--xml-pipe"], { input: text });
    // Nodes that were never seen, and no quorum, are what it is told about.
    const words = result.stderr.split("\n").filter((line) => !/unclean|quorum|^crm_verify: |^$/.test(line));
    expect(words).toEqual([]);
    expect((await livePacemaker().simulate(text)).fenced.length).toBeLessThanOrEqual(3);
  });
});
