import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { isHavenError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { heal, partition, setPingTargets } from "../../src/lab/faults.ts";
import { labClusterPlan } from "../../src/lab/lab-cluster.ts";
import { clusterInit } from "../../src/ops/cluster-init.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { agentCallMark, agentCallsSince } from "./harness/agent-calls.ts";
import { clusterQuiet, leftovers } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

describeLab("the cluster", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
  }, 600_000);
  afterAll(async () => {
    await clusterQuiet(lab);
  }, 300_000);

  const environment = {
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    progress: (): void => undefined,
  };
  const accesses = () => lab.names.map((name) => lab.node(name));

  test("Pacemaker's own tools, pcs and crmsh read what Haven wrote without a complaint", async () => {
    const verify = await lab.first().exec(["crm_verify", "-LVV"]);
    expect([verify.code, verify.stderr, verify.stdout]).toEqual([0, "", ""]);
    for (const argv of [
      ["pcs", "status"],
      ["pcs", "config"],
      ["pcs", "stonith", "config"],
      ["crm", "configure", "show"],
      ["crm", "status"],
      ["crm", "configure", "verify"],
    ]) {
      const { code, stderr, stdout } = await lab.first().exec(argv, { timeoutMs: 60_000 });
      expect([argv.join(" "), code]).toEqual([argv.join(" "), 0]);
      expect(stderr).not.toMatch(/error|traceback|unknown|invalid/i);
      expect(stdout).not.toMatch(/WARNING|ERROR|Traceback/);
    }
    const shown = (await lab.first().exec(["crm", "configure", "show"], { timeoutMs: 60_000 })).stdout;
    for (const name of [
      "primitive vm-web1 ocf:haven:Domain",
      "rsc_template haven-vm",
      "haven-connectivity",
    ]) {
      expect(shown).toContain(name);
    }
  });

  test("pcs and crmsh change what Haven wrote, and Haven takes it back", async () => {
    const meta = async (): Promise<Record<string, string>> => {
      const cib = Cib.parse(await lab.pacemaker().queryCib());
      const element = cib.resource("vm-web1")?.element;
      return element === undefined ? {} : Object.fromEntries(cib.nvpairs(element, "meta_attributes"));
    };
    const before = await meta();
    // Unmanaged, so that it is not really stopped.
    for (const word of ["unmanage", "disable"]) await lab.first().run(["pcs", "resource", word, "vm-web1"]);
    expect(await meta()).toEqual({ ...before, "is-managed": "false", "target-role": "Stopped" });
    await lab.first().run(["pcs", "resource", "enable", "vm-web1"]);
    await lab.haven(["vm", "manage", "web1", "--yes"]);
    expect(await meta()).toEqual(before);
    await lab.first().run(["crm", "resource", "meta", "vm-web1", "set", "priority", "3"]);
    expect(await meta()).toEqual({ ...before, priority: "3" });
    await lab.first().run(["pcs", "resource", "meta", "vm-web1", `priority=${before.priority}`]);
    for (const word of ["unmanage", "stop", "start", "manage"])
      await lab.first().run(["crm", "resource", word, "vm-web1"]);
    const { "is-managed": managed, "target-role": role, ...rest } = await meta();
    expect([managed ?? "true", role ?? "Started", rest]).toEqual(["true", "Started", before]);
    expect((await lab.first().run(["crm_verify", "-LV"])).trim()).toBe("");
  }, 120_000);

  test("no secret of a fence device is in the CIB", async () => {
    const { secret } = lab.lab.state();
    const cib = await lab.pacemaker().queryCib();
    expect(cib).not.toContain(secret);
    expect(cib).toContain('value="lrm://"');
    for (const name of lab.names) {
      const mode = await lab.run(name, ["sh", "-c", "stat -c %a /var/lib/pacemaker/lrm/secrets/*/*"]);
      expect(new Set(mode.trim().split("\n"))).toEqual(new Set(["600"]));
    }
  });

  test("set-up again changes nothing and restarts nothing", async () => {
    const before = (await lab.pacemaker().queryCib()).match(/epoch="(\d+)"/g);
    const pids = async () =>
      await Promise.all(
        lab.names.map((name) => lab.run(name, ["pidof", "libvirtd", "corosync", "pacemakerd"])),
      );
    const running = await pids();
    const result = await clusterInit(labClusterPlan(lab.lab.state()), accesses(), environment);
    expect(result.changed).toEqual({});
    expect(result.configuration).toBe("unchanged");
    expect(await pids()).toEqual(running);
    expect((await lab.pacemaker().queryCib()).match(/epoch="(\d+)"/g)).toEqual(before);
  });

  test("another cluster's nodes are refused, and left as they are", async () => {
    const plan = { ...labClusterPlan(lab.lab.state()), name: "other" };
    const error = await clusterInit(plan, accesses(), environment).catch((cause: unknown) => cause);
    expect(isHavenError(error, "cluster.refused")).toBe(true);
    expect(String(error)).toContain(`node1 belongs to the cluster ${lab.lab.settings.name}`);
    expect((await lab.status()).nodes.every((node) => node.online)).toBe(true);
  });

  test("a node whose Pacemaker stops gives its VMs away live, and does not take them back", async () => {
    await addVm(lab, { name: "calm", on: "node3" });
    expect(await lab.whereIs("calm")).toBe("node3");
    const [boot = ""] = guestConsole(lab, "calm").boots;
    await lab.run("node3", ["systemctl", "stop", "pacemaker"], { timeoutMs: 300_000 });
    const to = await waitFor("the VM to run elsewhere", 30_000, () => lab.whereIs("calm"));
    expect(to).not.toBe("node3");
    await lab.run("node3", ["systemctl", "start", "pacemaker"]);
    await waitFor("node3 to be back", 60_000, async () =>
      (await lab.status("node1")).nodes.some((node) => node.name === "node3" && node.online && !node.pending),
    );
    await lab.pacemaker().waitIdle({ timeoutMs: 60_000 });
    // Preferred or not: what runs stays.
    expect(await lab.whereIs("calm")).toBe(to);
    const seen = guestConsole(lab, "calm");
    expect(seen.boots).toEqual([boot]);
    expect(seen.missing(boot)).toEqual([]);
    expect(leftovers(Cib.parse(await lab.pacemaker().queryCib()))).toEqual([]);
    await removeVms(lab, "calm");
  }, 300_000);

  test("all ping targets die, and nothing stops or moves", async () => {
    const names = ["web1", "web2"];
    const before = await Promise.all(names.map((name) => lab.whereIs(name)));
    const marks = names.map((name) => agentCallMark(lab, `vm-${name}`));
    await setPingTargets(lab.lab.state(), false);
    await waitFor("all nodes to see no target", 90_000, async () =>
      (await seen(lab)).every((value) => value === 0),
    );
    await lab.pacemaker().waitIdle({ timeoutMs: 60_000 });
    expect(await Promise.all(names.map((name) => lab.whereIs(name)))).toEqual(before);
    await setPingTargets(lab.lab.state(), true);
    await waitFor("all nodes to see all targets", 90_000, async () =>
      (await seen(lab)).every((value) => value > 0),
    );
    await lab.pacemaker().waitIdle({ timeoutMs: 60_000 });
    expect(await Promise.all(names.map((name) => lab.whereIs(name)))).toEqual(before);
    for (const [index, name] of names.entries()) {
      const calls = agentCallsSince(lab, `vm-${name}`, marks[index] ?? new Map());
      expect(calls.filter(({ action }) => action !== "monitor")).toEqual([]);
    }
  }, 300_000);

  test("a node that loses the users' network gives its VMs away live", async () => {
    const from = await addVm(lab, { name: "roam" });
    const [boot = ""] = guestConsole(lab, "roam").boots;
    await partition(lab.lab.state(), [from], { from: ["targets"] });
    const to = await waitFor("the VM to move", 120_000, async () => {
      const now = await lab.whereIs("roam");
      return now !== undefined && now !== from ? now : undefined;
    });
    expect(to).not.toBe(from);
    const status = await lab.status();
    expect(status.nodes.every((node) => node.online && !node.unclean)).toBe(true);
    expect(guestConsole(lab, "roam").boots).toEqual([boot]);
    await heal(lab.lab.state());
    await waitFor("all nodes to see all targets", 90_000, async () =>
      (await seen(lab)).every((value) => value > 0),
    );
    await lab.pacemaker().waitIdle({ timeoutMs: 60_000 });
    expect(await lab.whereIs("roam")).toBe(to);
    await removeVms(lab, "roam");
  }, 300_000);

  test("a node that nobody hears any more is fenced, and its VMs run elsewhere", async () => {
    const from = await addVm(lab, { name: "lost" });
    const [boot = ""] = guestConsole(lab, "lost").boots;
    const others = lab.names.filter((name) => name !== from);
    await partition(lab.lab.state(), [from], { from: [...others, "host"] });
    const to = await waitFor("the VM to run elsewhere", 120_000, async () => {
      const other = others[0];
      const vm = (await lab.status(other)).resources.find(({ id }) => id === "vm-lost");
      const [node] = vm?.role === "Started" ? vm.nodes : [];
      return node !== undefined && node !== from ? node : undefined;
    });
    expect(others).toContain(to);
    await guestBooted(lab, "lost", 1);
    expect(guestConsole(lab, "lost").boots).toHaveLength(2);
    expect(guestConsole(lab, "lost").boots[0]).toBe(boot);
    await heal(lab.lab.state());
    await clusterQuiet(lab);
  }, 400_000);
});

/** What each node's ping of the targets came to, as its attribute says. */
async function seen(lab: TestLab): Promise<readonly number[]> {
  const status = await lab.status();
  return status.nodes.map((node) => Number(node.attributes.get("pingd") ?? Number.NaN));
}
