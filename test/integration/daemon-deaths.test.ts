import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { freeze, thaw } from "../../src/lab/faults.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { isCalled, type NodeProcess, nodeProcesses } from "../../src/lab/node-processes.ts";
import { isAlive, type ProcessIdentity, signalProcess } from "../../src/lab/process.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { migrationUnderWay } from "./harness/migration-under-way.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import { isFull, scaled } from "./harness/scale.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "deaths";

/** What the agent and the user call an operation. */
const operations = {
  start: { action: "start", command: "start" },
  stop: { action: "stop", command: "stop" },
  migration: { action: "migrate_to", command: "move" },
} as const;
type Operation = keyof typeof operations;

const daemons = ["corosync", "pacemakerd", "pacemaker-execd", "agent"] as const;
type Daemon = (typeof daemons)[number];
const blows = ["killed", "frozen"] as const;
type Blow = (typeof blows)[number];

/** `make test` has each daemon, each blow and each operation; the full run has all of them. */
const ordinary: readonly string[] = [
  "corosync killed in a stop",
  "corosync frozen in a migration",
  "pacemakerd killed in a start",
  "pacemaker-execd killed in a stop",
  "agent killed in a stop",
];
const cases = daemons
  .flatMap((daemon) => blows.map((blow) => ({ daemon, blow })))
  .flatMap((one) => (["start", "stop", "migration"] as const).map((operation) => ({ ...one, operation })))
  .map((one) => ({ ...one, name: `${one.daemon} ${one.blow} in a ${one.operation}` }))
  .filter(({ name }) => isFull || ordinary.includes(name));

/** An agent of a stop that hangs: in the full run until Pacemaker's patience (180 s) is at its end. */
const hangMs = (operation: Operation): number => (operation === "stop" ? scaled(10_000, 200_000) : 10_000);

/**
 * Without Corosync a node is lost; a stop that failed leaves open whether the VM runs. When the executor dies, the
 * node's controller begins anew: the node is fenced when the others calculate in the second that it is away, else
 * looked at again. Nothing else is a reason.
 */
function isFenced(daemon: Daemon, blow: Blow, operation: Operation): boolean | undefined {
  if (daemon === "corosync") return true;
  if (daemon === "pacemaker-execd" && blow === "killed") return undefined;
  return daemon === "agent" && operation === "stop" && (blow === "killed" || isFull);
}

/** Point i: what runs the cluster dies or hangs on a node in the middle of an operation there. */
describeLab("a daemon that dies or hangs in the middle of an operation", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
    await addVm(lab, {
      name: vm,
      on: "node1",
      // A stop lasts 10 s, a migration some 20: long enough to be struck in the middle.
      words: ["haven.ignore_acpi=1"],
      spec: { policies: { "graceful-stop": 10 }, migration: { bandwidth: 4 } },
    });
  }, 10 * minute);
  afterEach(async () => {
    await clusterQuiet(lab, { keep: [vm] });
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
  }, 2 * minute);

  const processes = (node: string, name: string): readonly NodeProcess[] =>
    nodeProcesses(lab.lab.find(node)).filter((process) => isCalled(process, name));
  const agentOf = (node: string, operation: Operation): NodeProcess | undefined =>
    processes(node, "agent").find(({ argv }) => argv[1] === operations[operation].action);
  /** Nodes that have a QEMU of the VM. */
  const running = (): readonly string[] => lab.names.filter((name) => processes(name, `vm:${vm}`).length > 0);
  const boots = (): number => guestConsole(lab, vm).boots.length;
  const other = (...names: readonly string[]): string =>
    lab.names.find((name) => !names.includes(name)) ?? "";

  /** Which nodes lost their power since then. */
  const fencedSince = (): (() => readonly string[]) => {
    const born = new Map(lab.nodes.map((node) => [node.name, nodeProcess(node)?.started]));
    return () =>
      lab.nodes.filter((node) => nodeProcess(node)?.started !== born.get(node.name)).map(({ name }) => name);
  };

  /** The VM runs, and its guest counts. @returns where */
  const runs = async (): Promise<string> => {
    const before = boots();
    if ((await lab.whereIs(vm)) === undefined) {
      await lab.haven(["vm", "start", "--yes", vm]);
      await guestBooted(lab, vm, before);
    }
    const node = await waitFor(`${vm} to be started`, 2 * minute, () => lab.whereIs(vm));
    // Failures of earlier tests would make the agent wait longer.
    await lab.run(node, ["sh", "-c", "rm -f /run/haven/domains/*.failures"]);
    return node;
  };
  const stopped = async (): Promise<void> => {
    if ((await lab.whereIs(vm)) !== undefined) await lab.haven(["vm", "stop", "--yes", vm]);
    expect(running()).toEqual([]);
  };
  /** Its guest, whichever boot it is, prints. */
  const counts = async (): Promise<void> => {
    let first = guestConsole(lab, vm).last;
    await waitFor(`${vm} to count`, 3 * minute, () => {
      const { last } = guestConsole(lab, vm);
      if (last?.boot !== first?.boot) first = last;
      return last !== undefined && last.seq > (first?.seq ?? 0) + 10;
    });
  };

  /** An operation that is under way on a node. */
  interface InFlight {
    readonly node: string;
    readonly agent: ProcessIdentity;
    /** The command that asked for it. */
    readonly ended: Promise<{ readonly code: number | null } | undefined>;
    /** Lets go on what holds it up. */
    readonly release: () => void;
  }

  const underWay = {
    /** libvirt has begun to create it, and waits for a QEMU that does not speak. */
    start: async (node: string) => {
      const find = (): NodeProcess | undefined => processes(node, `vm:${vm}`)[0];
      const qemu = await waitFor("QEMU", minute, find, 5);
      signalProcess(qemu, "SIGSTOP");
      await Bun.sleep(500);
      return () => signalProcess(qemu, "SIGCONT");
    },
    /** The guest was asked, and goes on for a second. */
    stop: async (node: string) => {
      await counts();
      expect(running()).toEqual([node]);
      return () => undefined;
    },
    migration: async (node: string) => {
      await migrationUnderWay(lab, node, vm);
      return () => undefined;
    },
  };

  /** Begins an operation, seen from a node that has no part in it, and holds it where it is in the middle. */
  const begin = async (operation: Operation): Promise<InFlight> => {
    if (operation === "start") await stopped();
    const from = operation === "start" ? "node1" : await runs();
    const to = other(from);
    const words = ["vm", operations[operation].command, "--yes", vm];
    if (operation === "migration") words.push("--to", to);
    const ended = lab.tryHaven(words, { on: other(from, to), timeoutMs: 6 * minute }).catch(() => undefined);
    const agent = await waitFor("the agent", minute, () => agentOf(from, operation), 20);
    const release = await underWay[operation](from);
    return { node: from, agent, ended, release };
  };

  /** As it should be, for good: nothing left to do, and no process says otherwise. */
  const isSettled = async (operation: Operation): Promise<boolean> => {
    const status = await lab.status();
    if (!status.nodes.every(({ online, pending, unclean }) => online && !pending && !unclean)) return false;
    const resource = await lab.vm(vm);
    if (resource === undefined || resource.failed || resource.blocked || resource.pending !== undefined)
      return false;
    if (operation === "stop") return resource.role === "Stopped" && running().length === 0;
    return resource.role === "Started" && resource.managed && String(running()) === String(resource.nodes);
  };

  test.each(cases)(
    "$name",
    async ({ daemon, blow, operation }) => {
      const fenced = fencedSince();
      const { node, agent, ended, release } = await begin(operation);
      const before = boots();

      const victims = daemon === "agent" ? [agent] : processes(node, daemon);
      expect(victims).toHaveLength(1);
      expect(isAlive(agent)).toBe(true);
      for (const victim of victims) signalProcess(victim, blow === "killed" ? "SIGKILL" : "SIGSTOP");
      // The daemon fell while the operation was under way.
      if (daemon !== "agent") expect(isAlive(agent)).toBe(true);
      release();
      if (blow === "frozen") {
        const until = performance.now() + hangMs(operation);
        await waitFor("the end of it", 4 * minute, () => {
          if (daemon === "corosync") return fenced().includes(node);
          return !isAlive(agent) || (daemon === "agent" && performance.now() > until);
        });
        for (const victim of victims) signalProcess(victim, "SIGCONT");
      } else if (daemon === "pacemakerd") {
        // What systemd does (Restart=on-failure); its children go on meanwhile.
        await Bun.sleep(1000);
        expect(processes(node, "pacemaker-execd")).toHaveLength(1);
        await lab.run(node, ["systemctl", "start", "pacemaker"]);
      }

      const answer = await ended;
      // What it calls stopped is stopped.
      if (operation === "stop" && answer?.code === 0) expect(running()).toEqual([]);
      await waitFor(`${vm} in its wanted state`, 4 * minute, () => isSettled(operation), 500);
      if (operation !== "stop") await counts();
      // And it stays so.
      expect(await isSettled(operation)).toBe(true);
      expectOneWriter(lab, vm);
      const expected = isFenced(daemon, blow, operation) ?? fenced().includes(node);
      expect(fenced()).toEqual(expected ? [node] : []);
      if (operation === "migration" && fenced().length === 0) expect(boots()).toBe(before);
      if (operation === "stop") expect(boots()).toBe(before);
    },
    10 * minute,
  );

  const location = async (words: readonly string[]): Promise<void> => {
    await lab.run(other("node1"), ["crm_resource", "--resource", `vm-${vm}`, ...words]);
  };

  test(
    "a start whose executor died is not carried out behind its back",
    async () => {
      await stopped();
      const node = "node1";
      await freeze(lab.lab.find(node), "libvirtd");
      await lab.haven(["vm", "start", "--yes", "--no-wait", vm], { on: other(node) });
      const agent = await waitFor("the agent", minute, () => agentOf(node, "start"), 20);
      // Pacemaker gets to it when the start has ended.
      await location(["--ban", "--node", node]);
      const [executor] = processes(node, "pacemaker-execd");
      expect(isAlive(agent)).toBe(true);
      if (executor !== undefined) signalProcess(executor, "SIGKILL");
      const before = boots();
      const there = await waitFor(`${vm} to run elsewhere`, 2 * minute, () => lab.whereIs(vm));
      expect(there).not.toBe(node);
      await guestBooted(lab, vm, before);
      thaw(lab.lab.state(), lab.lab.find(node), "libvirtd");
      await waitFor("the agent's end", 3 * minute, () => !isAlive(agent));
      await counts();
      expectOneWriter(lab, vm);
      expect(running()).toEqual([there]);
      await location(["--clear"]);
    },
    8 * minute,
  );

  test(
    "a migration whose executor died does not take the guest from where Pacemaker sees it",
    async () => {
      const node = await runs();
      await counts();
      const before = boots();
      const fenced = fencedSince();
      await location(["--move", "--node", other(node)]);
      const agent = await waitFor("the agent", minute, () => agentOf(node, "migration"), 20);
      await underWay.migration(node);
      await location(["--clear"]);
      const [executor] = processes(node, "pacemaker-execd");
      expect(isAlive(agent)).toBe(true);
      if (executor !== undefined) signalProcess(executor, "SIGKILL");
      await waitFor("the agent's end", 3 * minute, () => !isAlive(agent));
      await waitFor(`${vm} to be managed`, 2 * minute, () => isSettled("migration"), 500);
      // Longer than a monitor's interval: it would tell Pacemaker that the guest is gone.
      await Bun.sleep(12_000);
      expect(await isSettled("migration")).toBe(true);
      expectOneWriter(lab, vm);
      if (fenced().length === 0) expect(boots()).toBe(before);
      await counts();
    },
    8 * minute,
  );
});
