import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StatusReport } from "../../src/contract/status-report.ts";
import { killProcesses } from "../../src/lab/faults.ts";
import { type ParsedFamily, parseExposition } from "../support/parse-exposition.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "measured";
const conf = "/etc/corosync/corosync.conf";

describeLab("what Prometheus is told", () => {
  let lab: TestLab;
  let token = "";
  let ca = "";

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await lab.tryHaven(["token", "remove", "prometheus", "--yes"]);
    token =
      (await lab.haven(["token", "add", "prometheus", "--role", "viewer"])).trim().split(/\s/).at(-1) ?? "";
    ca = await lab.run(lab.names[0] ?? "", ["cat", "/etc/haven/tls/ca.pem"]);
    await addVm(lab, { name: vm });
  }, 12 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
    await lab.tryHaven(["token", "remove", "prometheus", "--yes"]);
    await clusterQuiet(lab);
  }, 5 * minute);

  async function scrape(node: string): Promise<ReadonlyMap<string, ParsedFamily>> {
    const address = lab.nodes.find(({ name }) => name === node)?.address;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`https://${address}:8470/metrics`, { headers, tls: { ca } });
    expect(answer.status).toBe(200);
    return parseExposition(await answer.text());
  }
  /** @param labels Those that are given must fit */
  async function value(node: string, name: string, labels: Readonly<Record<string, string>> = {}) {
    const samples = [...(await scrape(node)).values()].flatMap((family) => family.samples);
    const fits = (own: Readonly<Record<string, string>>): boolean =>
      Object.entries(labels).every(([key, text]) => own[key] === text);
    return samples.find((sample) => sample.name === name && fits(sample.labels))?.value;
  }
  const running = () => waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));

  test(
    "the cluster as it is, a VM that dies and comes back, and a live migration",
    async () => {
      const node = await running();
      for (const name of lab.names) {
        expect(await value(name, "haven_vm_state", { vm, node, state: "running" })).toBe(1);
        expect(await value(name, "haven_node_state", { node: name, state: "online" })).toBe(1);
        expect(await value(name, "haven_cluster_quorate")).toBe(1);
      }
      const { boots } = guestConsole(lab, vm);
      killProcesses(lab.lab.find(node), `vm:${vm}`);
      await waitFor("its recovery to be measured", minute, async () => {
        const count = await value(node, "haven_vm_recovery_duration_seconds_count", { cause: "vm" });
        return count === 1;
      });
      expect(await value(node, "haven_vm_recovery_duration_seconds_sum", { cause: "vm" })).toBeWithin(
        0.1,
        60,
      );
      const started = { operation: "start", result: "ok" };
      expect(await value(node, "haven_vm_operation_duration_seconds_count", started)).toBeGreaterThan(0);
      await guestBooted(lab, vm, boots.length);
      await lab.haven(["vm", "cleanup", vm, "--yes"]);

      const [to = ""] = lab.names.filter((name) => name !== node);
      await lab.haven(["vm", "move", "--yes", vm, "--to", to]);
      await waitFor("the migration to be counted", minute, async () => {
        return (await value(to, "haven_vm_migrations_total", { result: "ok" })) === 1;
      });
      const left = { operation: "migrate_to", result: "ok" };
      await waitFor("how long it took", minute, async () => {
        return (await value(node, "haven_vm_operation_duration_seconds_count", left)) === 1;
      });
      expect(await value(node, "haven_vm_operation_duration_seconds_sum", left)).toBeWithin(0.1, 120);
    },
    5 * minute,
  );

  test(
    "a second link that goes down and comes back: status, events and metrics of the nodes at its ends",
    async () => {
      const [one = "", two = "", three = ""] = lab.names;
      const address = (node: string): string => `10.200.45.${10 + Number(node.replace("node", ""))}`;
      const status = async (on: string) =>
        JSON.parse((await lab.tryHaven(["status", "--json"], { on })).stdout) as StatusReport;
      const linkTo = async (on: string, node: string) =>
        (await status(on)).links?.find((link) => link.link === 1 && link.node === node)?.up;
      const before = await lab.run(one, ["cat", conf]);
      const conf2 = lab.names.reduce(
        (text, node) =>
          text.replace(
            new RegExp(`(name: ${node}\\n\\s+nodeid: \\d+\\n)`),
            `$1        ring1_addr: ${address(node)}\n`,
          ),
        before,
      );
      const reload = async (text: string): Promise<void> => {
        for (const name of lab.names) await lab.node(name).writeFile(conf, text);
        await lab.run(one, ["corosync-cfgtool", "-R"]);
      };
      const ip = async (word: "add" | "del", node: string): Promise<unknown> =>
        await lab.node(node).exec(["ip", "address", word, `${address(node)}/24`, "dev", "eth0"]);
      try {
        expect((await status(one)).links).toEqual([
          expect.objectContaining({ link: 0, node: two, up: true }),
          expect.objectContaining({ link: 0, node: three, up: true }),
        ]);
        for (const name of lab.names) await ip("add", name);
        await reload(conf2);
        await waitFor("the second link", minute, async () => (await linkTo(one, two)) === true);
        await waitFor("it from the other end", minute, async () => (await linkTo(two, one)) === true);
        const since = String(Date.now());

        await ip("del", two);
        await waitFor("it to be down", minute, async () => (await linkTo(one, two)) === false);
        const { problems, healthy } = await status(one);
        expect(healthy).toBe(true);
        expect(problems).toEqual([
          expect.objectContaining({ code: "link.down", severity: "warning", subject: two }),
        ]);
        expect(await linkTo(one, three)).toBe(true);
        expect(await value(one, "haven_link_up", { link: "1", peer: two })).toBe(0);
        expect(await value(one, "haven_link_up", { link: "0", peer: two })).toBe(1);
        await waitFor("it at the other end", minute, async () => (await linkTo(two, one)) === false);

        await ip("add", two);
        await waitFor("it to be up again", minute, async () => (await linkTo(one, two)) === true);
        const kinds = async (): Promise<readonly string[]> => {
          const told = await lab.haven([
            "events",
            "--json",
            "--kind",
            "link.",
            "--since",
            "10m",
            "--from",
            one,
          ]);
          const { events } = JSON.parse(told) as {
            events: { time: number; kind: string; subject: string }[];
          };
          return events
            .filter(({ time }) => time >= Number(since))
            .map(({ kind, subject }) => `${kind} ${subject}`);
        };
        await waitFor("the events", minute, async () => (await kinds()).length === 2);
        expect(await kinds()).toEqual([`link.down ${two}`, `link.up ${two}`]);
      } finally {
        await reload(before);
        for (const name of lab.names) await ip("del", name);
      }
      await waitFor("one link again", minute, async () => (await status(one)).links?.length === 2);
    },
    5 * minute,
  );
});
