import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { EventReport, HavenEvent } from "../../src/contract/event.ts";
import { killProcesses } from "../../src/lab/faults.ts";
import type { VmVersions } from "../../src/ops/vm-versions.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { specOf } from "./harness/vm-words.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

/** Whoever changes a VM's definition, wherever: every node has the version, and can go back to it. */
describeLab("the versions of a VM", () => {
  let lab: TestLab;
  const vm = "kept";
  beforeAll(async () => {
    lab = await quietLab();
    await addVm(lab, { name: vm, spec: { "memory-maximum": 160 } });
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
  }, 2 * minute);

  const versions = async (on: string): Promise<VmVersions["versions"]> => {
    const [found] = JSON.parse(await lab.haven(["vm", "versions", vm, "--json"], { on })) as VmVersions[];
    return found?.versions ?? [];
  };
  const facts = async (on: string): Promise<readonly unknown[]> =>
    (await versions(on)).map(({ id, kind, origin, changes }) => ({ id, kind, origin, changes }));
  /** Pacemaker has the change on every node's disk: a later one is another file. */
  const written = async (): Promise<void> => {
    const epoch = await lab.run("node1", ["cibadmin", "--query", "--xpath", "/cib"]);
    const [wanted] = / epoch="\d+"/.exec(epoch) ?? [];
    await waitFor("the configuration to be on every disk", minute, () =>
      lab.nodes.every(({ dir }) => {
        const path = `${dir}/upper/var/lib/pacemaker/cib/cib.xml`;
        return (
          existsSync(path) &&
          readFileSync(path, "utf8")
            .slice(0, 600)
            .includes(wanted ?? "?")
        );
      }),
    );
  };
  const edit = async (memory: number, on: string): Promise<void> => {
    const spec = { ...(await specOf(lab, vm, on)), memory };
    await lab.node(on).writeFile("/root/kept.yaml", JSON.stringify(spec));
    await lab.haven(["vm", "apply", "--yes", "/root/kept.yaml"], { on });
    await written();
  };

  test(
    "edited by haven, crm and cibadmin on three nodes, they are all there on every node",
    async () => {
      await written();
      const boots = guestConsole(lab, vm).boots.length;
      await edit(144, "node1");
      await lab.run("node2", ["crm", "resource", "meta", `vm-${vm}`, "set", "priority", "7"]);
      await written();
      const xpath = `//primitive[@id='vm-${vm}']/meta_attributes/nvpair[@name='priority']`;
      const found = await lab.run("node3", ["cibadmin", "--query", "--xpath", xpath]);
      const pair = `<nvpair id="${/ id="([^"]+)"/.exec(found)?.[1]}" value="9"/>`;
      await lab.run("node3", ["cibadmin", "--modify", "--xml-text", pair]);
      await written();
      // A stop or a start is no version.
      await lab.run("node3", ["crm_resource", "-r", `vm-${vm}`, "--meta", "-p", "is-managed", "-v", "true"]);
      await written();
      const [newest] = await versions("node1");
      const wanted = [
        { kind: "changed", origin: "node3", changes: [{ field: "meta.priority", from: "7", to: "9" }] },
        { kind: "changed", origin: "node2", changes: [{ field: "meta.priority", from: "1", to: "7" }] },
        { kind: "changed", origin: "node1", changes: [{ field: "memory", from: 128, to: 144 }] },
        { kind: "added" },
      ];
      for (const node of lab.names) {
        expect((await versions(node)).slice(0, 4)).toMatchObject(wanted);
        expect(await facts(node)).toEqual(await facts("node1"));
      }
      expect(newest).toMatchObject({
        current: true,
        user: "root",
        written: expect.stringMatching(/^20\d\d-/),
      });
      const shown = await lab.haven(["vm", "versions", vm], { on: "node2" });
      expect(shown).toMatch(/^kept\nVERSION +WHEN +NODE +BY +WHAT\n\d+ \* .* meta\.priority: "7" → "9"\n/);
      expect(guestConsole(lab, vm).boots).toHaveLength(boots);
    },
    4 * minute,
  );

  test(
    "a command that changes VMs has them taken in without waiting: they outlive Pacemaker's files",
    async () => {
      const before = await facts("node2");
      await edit(136, "node2");
      const [latest] = await versions("node1");
      await waitFor("the changes to be taken in on node2", minute, async () => {
        const running = await lab.node("node2").exec(["pgrep", "-f", "keep-history"]);
        return running.code === 1;
      });
      await lab.run("node2", ["sh", "-c", "rm -f /var/lib/pacemaker/cib/cib-*.raw"]);
      const after = await facts("node2");
      expect(after.slice(1)).toEqual([...before]);
      expect(after[0]).toMatchObject({ id: latest?.id, changes: [{ field: "memory", from: 144, to: 136 }] });
    },
    3 * minute,
  );

  test(
    "a database that is broken is begun anew with what Pacemaker has kept",
    async () => {
      const before = await facts("node3");
      await lab.run("node3", ["sh", "-c", "head -c 9000 /dev/urandom > /var/lib/haven/history.db"]);
      const result = await lab.tryHaven(["vm", "versions", vm], { on: "node3" });
      expect(result.stderr).toContain("history.db is broken");
      expect(result.code).toBe(0);
      expect(await facts("node3")).toEqual([...before]);
      expect(await lab.haven(["vm", "list", vm], { on: "node3" })).toContain("running");
    },
    2 * minute,
  );

  test(
    "it goes back while it runs, and the guest has the memory of then",
    async () => {
      const boots = guestConsole(lab, vm).boots.length;
      const all = await versions("node1");
      const target = all.find(({ changes }) => changes.some(({ to }) => to === 144));
      const dry = await lab.haven(["vm", "revert", vm, target?.id ?? "", "--dry-run"], { on: "node3" });
      expect(dry).toContain("~ kept is changed: memory: 136 → 144; ");
      expect((await lab.tryHaven(["vm", "diff", vm, "--version", target?.id ?? ""])).code).toBe(1);
      const said = await lab.haven(["vm", "revert", vm, target?.id ?? "", "--yes"], { on: "node3" });
      expect(said).toStartWith(`kept is again as in version ${target?.id}\n`);
      const node = (await lab.whereIs(vm)) ?? "";
      await waitFor("libvirt to have the memory of then", minute, async () =>
        /<currentMemory unit='KiB'>147456</.test(await lab.run(node, ["virsh", "dumpxml", vm])),
      );
      const [now] = await versions("node2");
      expect(now?.changes).toEqual([
        { field: "memory", from: 136, to: 144 },
        { field: "meta.priority", from: "9", to: "1" },
      ]);
      expect(guestConsole(lab, vm).boots).toHaveLength(boots);
      expect(await lab.tryHaven(["vm", "revert", vm, "1000000"])).toMatchObject({ code: 3 });
    },
    3 * minute,
  );

  test(
    "removed, it comes back stopped, and starts",
    async () => {
      await lab.haven(["vm", "remove", "--yes", vm], { on: "node1" });
      await written();
      const [gone] = await versions("node3");
      expect(gone).toMatchObject({ kind: "removed", current: true });
      expect(await lab.haven(["vm", "revert", vm, "--yes"], { on: "node2" })).toMatch(
        /^kept is back as in version \d+\n$/,
      );
      expect(await lab.haven(["vm", "list", vm])).toContain("stopped");
      await lab.haven(["vm", "start", vm]);
      expect(await lab.whereIs(vm)).toBeDefined();
      const [back, removed] = await versions("node1");
      expect([back?.kind, removed?.kind]).toEqual(["added", "removed"]);
    },
    3 * minute,
  );
});

/** What happens is told where it happens and by those who see it; who changed something, where it was typed. */
describeLab("events and changes", () => {
  let lab: TestLab;
  const vm = "told";
  /** Where the VM is at first, where it moves to, and a node that only looks on, without its daemon. */
  let home = "";
  let away = "";
  let third = "";
  const start = Date.now();
  beforeAll(async () => {
    lab = await quietLab();
    home = await addVm(lab, { name: vm });
    [away = "", third = ""] = lab.names.filter((name) => name !== home);
    await lab.run(third, ["systemctl", "stop", "haven"]);
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
    await clusterQuiet(lab);
  }, 5 * minute);

  const read = async (command: "events" | "audit", on: string, ...words: readonly string[]) => {
    const since = new Date(start).toISOString();
    const text = await lab.haven([command, "--json", "--since", since, "--from", on, ...words], { on });
    const { nodes, events } = JSON.parse(text) as EventReport;
    expect(nodes).toEqual([on]);
    return events;
  };
  /** What all nodes know, asked on one. */
  const readAll = async (on: string, ...words: readonly string[]): Promise<EventReport> => {
    const since = new Date(start).toISOString();
    return JSON.parse(await lab.haven(["events", "--json", "--since", since, ...words], { on }));
  };
  /** Events of the VM on a node, once those kinds are among them, in that order. */
  const told = async (on: string, ...kinds: readonly string[]): Promise<readonly HavenEvent[]> =>
    await waitFor(`${on} to tell of ${kinds.join(", ")}`, minute, async () => {
      const events = await read("events", on, "--vm", vm, "--kind", "vm.");
      const wanted = [...kinds];
      for (const { kind } of events) if (kind === wanted[0]) wanted.shift();
      return wanted.length === 0 ? events : undefined;
    });

  test(
    "a start, a move, a death and a fencing are in the histories of the nodes that saw them",
    async () => {
      await told(home, "vm.started");
      await lab.haven(["vm", "move", "--yes", vm, "--to", away]);
      await told(home, "vm.started", "vm.left");
      const moved = (await told(away, "vm.migrated")).find(({ kind }) => kind === "vm.migrated");
      expect(moved).toMatchObject({ node: away, vm, severity: "info", data: { from: home, to: away } });

      const { boots } = guestConsole(lab, vm);
      killProcesses(lab.lab.find(away), `vm:${vm}`);
      await guestBooted(lab, vm, boots.length);
      const died = await told(away, "vm.migrated", "vm.gone", "vm.started");
      expect(died.filter(({ kind }) => kind === "vm.gone")[0]).toMatchObject({ severity: "error" });
      await lab.haven(["vm", "cleanup", vm, "--yes"]);
      const before = await waitFor("the VM to run", minute, () => lab.whereIs(vm));

      // A node that does not look on itself, so that one without a daemon tells of it.
      const lost = before === third ? away : before;
      const from = lab.names.find((name) => name !== lost && name !== third) ?? "";
      await lab.lab.powerOff(lost);
      const seen = await waitFor("the fencing to be told", 2 * minute, async () => {
        const events = await read("events", third, "--node", lost);
        return events.some(({ kind }) => kind === "fence.succeeded") ? events : undefined;
      });
      expect(seen.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["node.lost", "fence.succeeded"]));
      // Each node is told for itself, and takes in what it was told a moment later.
      await waitFor("the other one to tell of it, too", minute, async () => {
        const fenced = await read("events", from, "--node", lost, "--kind", "fence.");
        return fenced.some(({ kind }) => kind === "fence.succeeded");
      });
      // The cluster as a whole: neither the dead node nor the dead daemon is waited for.
      const asked = performance.now();
      const whole = await readAll(from, "--node", lost);
      const took = performance.now() - asked;
      console.log(`    events of three nodes, one dead and one without a daemon: ${Math.round(took)} ms`);
      expect(took).toBeLessThan(6000);
      expect([whole.nodes, whole.silent.map(({ node }) => node).sort()]).toEqual([
        [from],
        [lost, third].sort(),
      ]);
      const without = await lab.tryHaven(["events", "--limit", "1"], { on: third });
      expect(without.stderr).toContain(`As ${third} knows it`);
      expect(without.stderr).toMatch(
        /Without node\d and node\d: only this node's daemon could ask it, and it does not run/,
      );
      const now = await waitFor("the VM to run elsewhere", 2 * minute, async () => {
        const there = await lab.whereIs(vm);
        return there !== undefined && there !== lost ? there : undefined;
      });
      await told(now, "vm.started");
      await waitFor("the node's return to be told", 2 * minute, async () =>
        (await read("events", third, "--node", lost)).some(({ kind }) => kind === "node.joined"),
      );
      await lab.run(third, ["systemctl", "start", "haven"]);
      const fencings = await waitFor("all nodes to answer", minute, async () => {
        const all = await readAll(from, "--node", lost, "--kind", "fence.");
        return all.silent.length === 0 ? all.events : undefined;
      });
      expect(fencings.map(({ kind, from: tellers }) => [kind, tellers])).toEqual([
        ["fence.succeeded", expect.arrayContaining([from, third])],
      ]);
      // The VM's whole way, which no node alone has seen.
      const way = await readAll(from, "--vm", vm, "--kind", "vm.");
      expect(new Set(way.events.flatMap(({ from: tellers }) => tellers)).size).toBeGreaterThan(1);
      expect(way.events.map(({ time }) => time)).toEqual(
        way.events.map(({ time }) => time).sort((a, b) => a - b),
      );
      expect(await lab.haven(["events", "--kind", "fence.", "--limit", "5"], { on: third })).toMatch(
        new RegExp(`^WHEN +NODE +KIND +WHAT\\n(.*\\n)*.* ${lost} +fence\\.succeeded +Fencing of ${lost} `),
      );
    },
    10 * minute,
  );

  test(
    "a stop is told with how it went, and each change with who, how, what and its effect",
    async () => {
      const node = await waitFor("the VM to run", minute, () => lab.whereIs(vm));
      await lab.haven(["vm", "stop", "--yes", vm], { on: "node2" });
      expect((await told(node, "vm.stopped")).at(-1)).toMatchObject({
        text: `${vm} stopped on ${node}: the guest has shut down`,
      });
      await lab.haven(["vm", "start", "--yes", vm], { on: "node2" });
      const again = await waitFor("the VM to run", minute, () => lab.whereIs(vm));
      await lab.haven(["vm", "stop", "--yes", "--force", vm], { on: "node2" });
      await told(again, "vm.stop-forced");

      const changes = await read("audit", "node2", "--vm", vm);
      expect(changes.find(({ text }) => text.endsWith(`haven vm stop --yes ${vm}`))).toMatchObject({
        kind: "change.made",
        node: "node2",
        vm,
        text: `root: haven vm stop --yes ${vm}`,
        data: {
          user: "root",
          changed: [expect.stringContaining("target-role")],
          effect: expect.arrayContaining([expect.stringContaining(`${vm} stops on ${node}`)]),
          simulated: true,
        },
      });
      // It was added and moved on the first node, whose own history tells of it.
      const first = await read("audit", lab.names[0] ?? "", "--vm", vm);
      const effects = first.flatMap(({ data }) => data?.effect);
      expect(effects).toContain(`${vm} migrates live from ${home} to ${away}`);
      const shown = await lab.haven(["audit", "--limit", "1"], { on: "node2" });
      expect(shown).toMatch(/^20\d\d-.* node2 {2}root: haven vm stop .*\n {4}~ told: .*\n {4}→ /);
    },
    5 * minute,
  );
});
