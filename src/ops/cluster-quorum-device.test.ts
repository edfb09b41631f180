import { beforeEach, describe, expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import type { NodeAccess } from "../host/node-access.ts";
import type { NodeFacts } from "../host/node-facts.ts";
import type { CorosyncConf } from "../pacemaker/corosync.ts";
import type { ClusterStanding } from "./cluster-check.ts";
import type { SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import type { QuorumServer } from "./cluster-quorum-check.ts";
import { prepareQuorumServer, startQuorumDevice, stopQuorumDevice } from "./cluster-quorum-device.ts";

const defaults = "/etc/default/corosync-qnetd";
const plan = { name: "test", nodes: [], quorumDevice: { host: "10.0.0.9" } } as unknown as ClusterPlan;
const bare: CorosyncConf = { clusterName: "test", tokenMs: 3000, nodes: [] };
const conf: CorosyncConf = {
  ...bare,
  quorumDevice: { host: "10.0.0.9", port: 5403, algorithm: "ffsplit", tieBreaker: "lowest" },
};

/** What was run, as "MACHINE WORDS". */
let ran: string[] = [];
beforeEach(() => {
  ran = [];
});

interface World {
  readonly answers?: Readonly<Record<string, string | number>>;
  readonly files?: Map<string, string>;
}

/** A machine that answers a program's words, or their beginning, with a text or an exit code; all else succeeds. */
function machine(name: string, { answers = {}, files = new Map() }: World = {}): NodeAccess {
  return {
    name,
    async exec(argv) {
      const words = argv.join(" ");
      ran.push(`${name} ${words}`);
      const found = Object.entries(answers).find(([start]) => words.startsWith(start))?.[1] ?? 0;
      const code = typeof found === "number" ? found : 0;
      return { code, signal: null, stdout: typeof found === "string" ? found : "", stderr: "" };
    },
    readFile: async (path) => files.get(path),
    writeFile: async (path, content) => void files.set(path, String(content)),
  };
}

function node(name: string, world: World = {}, active: readonly string[] = ["corosync"]): SetupNode {
  const facts = { active: new Set(active) } as unknown as NodeFacts;
  return { plan: { name, addresses: [] }, access: machine(name, world), facts, changed: [] };
}

function server(world: World, isActive: boolean): QuorumServer {
  const facts = {
    name: "witness",
    addresses: [],
    hasQnetd: true,
    isActive,
    clockOffsetMs: 0,
    clockErrorMs: 0,
  };
  return { access: machine("witness", world), facts, changed: [] };
}

const ofVerbs = () => ran.filter((words) => /systemctl (start|stop|restart|enable|disable) /.test(words));
const enabled = { "systemctl is-enabled": "enabled" };

describe("the server", () => {
  test("gets an authority, requires encryption, and is started", async () => {
    const files = new Map([[defaults, '# options\nCOROSYNC_QNETD_OPTIONS=""\n']]);
    const answers = { "test -e": 1, "systemctl is-enabled": "disabled" };
    const witness = server({ files, answers }, false);
    expect(await prepareQuorumServer(witness, plan, [node("node1")])).toEqual([]);
    expect(files.get(defaults)).toBe('# options\nCOROSYNC_QNETD_OPTIONS="-s req"\n');
    expect(ran).toContain("witness corosync-qnetd-certutil -i -G");
    expect(ran).toContain(
      "witness chgrp coroqnetd /etc/corosync/qnetd/nssdb /etc/corosync/qnetd/nssdb/cert9.db /etc/corosync/qnetd/nssdb/key4.db",
    );
    expect(ofVerbs()).toEqual([
      "witness systemctl enable corosync-qnetd",
      "witness systemctl start corosync-qnetd",
    ]);
    expect(witness.changed).toEqual([
      "certificate authority",
      defaults,
      "corosync-qnetd at boot",
      "corosync-qnetd",
    ]);
  });

  test("that is right is left alone", async () => {
    const files = new Map([[defaults, 'COROSYNC_QNETD_OPTIONS="-s req"\n']]);
    const witness = server({ files, answers: enabled }, true);
    expect(await prepareQuorumServer(witness, plan, [node("node1")])).toEqual([]);
    expect([witness.changed, ofVerbs()]).toEqual([[], []]);
  });

  test("another port is an option of it", async () => {
    const files = new Map<string, string>();
    const other = { ...plan, quorumDevice: { host: "10.0.0.9", port: 5404 } };
    await prepareQuorumServer(server({ files, answers: enabled }, false), other, []);
    expect(files.get(defaults)).toContain('"-s req -p 5404"');
  });

  test.each([
    ["Connected clients:\t\t0\n", ["witness systemctl restart corosync-qnetd"], 0],
    ["Connected clients:\t\t2\n", [], 1],
    ["it says nothing", [], 1],
  ])("that runs is restarted only when nobody has a vote from it: %j", async (text, verbs, warned) => {
    const answers = { ...enabled, "corosync-qnetd-tool": text };
    expect((await prepareQuorumServer(server({ answers }, true), plan, [])).length).toBe(warned);
    expect(ofVerbs()).toEqual(verbs);
  });

  test("somebody's own options stay, and what they lack is said", async () => {
    const files = new Map([[defaults, 'COROSYNC_QNETD_OPTIONS="-m 10"\n']]);
    const warnings = await prepareQuorumServer(server({ files, answers: enabled }, true), plan, []);
    expect(warnings).toEqual([expect.stringContaining("options of its own (-m 10)")]);
    expect(files.get(defaults)).toContain("-m 10");
  });

  test("that a node does not reach is refused before any node is touched", async () => {
    const nodes = [node("node1"), node("node2", { answers: { timeout: 124 } })];
    await expect(prepareQuorumServer(server({ answers: enabled }, true), plan, nodes)).rejects.toMatchObject({
      code: "cluster.refused",
    });
    expect(ran.filter((words) => words.startsWith("node"))).toHaveLength(2);
  });
});

describe("the nodes", () => {
  let time = 0;
  const environment = {
    clock: {
      now: () => time,
      monotonic: () => time,
      sleep: async (ms: number) => {
        time += ms;
      },
    } as Clock,
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  const votes = (device: number) =>
    `Expected votes:   3\nTotal votes:      3\nQuorum:           2\nFlags: Quorate Qdevice\nMembership information\n 0 ${device} Qdevice\n`;
  const voting = { ...enabled, "corosync-quorumtool": votes(1) };

  test("start it where it does not run, and read what is new one after the other", async () => {
    const idle = () => node("node1", { answers: { ...voting, "systemctl is-active": "inactive" } });
    const busy = () => node("node2", { answers: { ...voting, "systemctl is-active": "active" } });
    const start = (before: CorosyncConf | undefined, renewed: readonly string[]) =>
      startQuorumDevice([idle(), busy()], before, conf, new Set(renewed), environment);
    const started = "node1 systemctl start corosync-qdevice";
    await start(conf, []);
    expect(ofVerbs()).toEqual([started]);
    ran = [];
    await start(conf, ["node2"]);
    expect(ofVerbs()).toEqual([started, "node2 systemctl restart corosync-qdevice"]);
    expect(ran.indexOf("node1 corosync-quorumtool -s")).toBeLessThan(
      ran.indexOf("node2 systemctl restart corosync-qdevice"),
    );
    ran = [];
    await start(bare, []);
    expect(ofVerbs()).toHaveLength(2);
    await startQuorumDevice([idle()], conf, bare, new Set(), environment);
    expect(ofVerbs()).toHaveLength(2);
  });

  test("without a vote set-up has failed", async () => {
    const answers = { ...enabled, "systemctl is-active": "active", "corosync-quorumtool": votes(0) };
    const silent = startQuorumDevice([node("node1", { answers })], conf, conf, new Set(), environment);
    await expect(silent).rejects.toMatchObject({ code: "cluster.start" });
  });

  test("stop it, and lose their keys, where the plan has no device", async () => {
    const standing = { before: conf } as unknown as ClusterStanding;
    const one = node("node1", { answers: enabled }, ["corosync", "corosync-qdevice"]);
    await stopQuorumDevice([one], standing, bare);
    expect(ofVerbs()).toEqual([
      "node1 systemctl stop corosync-qdevice",
      "node1 systemctl disable corosync-qdevice",
    ]);
    expect(ran).toContain("node1 rm -rf -- /etc/corosync/qdevice/net/nssdb");
    expect(one.changed).toEqual(["corosync-qdevice off"]);
    ran = [];
    await stopQuorumDevice([one], standing, conf);
    await stopQuorumDevice([node("node1")], { before: bare } as unknown as ClusterStanding, bare);
    expect(ran).toEqual([]);
  });
});
