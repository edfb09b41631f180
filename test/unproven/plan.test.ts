import { afterAll, beforeAll, expect, test } from "bun:test";
import { seededRandom } from "../../src/base/seeded-random.ts";
import type { DrainPlan, FailurePlan } from "../../src/contract/plan-report.ts";
import { guestBoot, imagePath, makeImage, removeVms } from "../integration/harness/add-vm.ts";
import { clusterQuiet } from "../integration/harness/cluster-quiet.ts";
import { describeLab } from "../integration/harness/lab-missing.ts";
import { quietLab } from "../integration/harness/quiet-lab.ts";
import { scaled } from "../integration/harness/scale.ts";
import type { TestLab } from "../integration/harness/test-lab.ts";
import { listVms } from "../integration/harness/vm-words.ts";
import { waitFor } from "../integration/harness/wait-for.ts";

const minute = 60_000;
const rounds = scaled(3, 20);
const random = seededRandom(20_261_128);

/** What is predicted, compared with what happens: clusters of random VMs and constraints. */
describeLab("predictions", () => {
  let lab: TestLab;
  let names: readonly string[] = [];
  /** How long drains took, by what was predicted. */
  const ratios: number[] = [];

  beforeAll(async () => {
    lab = await quietLab();
  }, 10 * minute);
  afterAll(async () => {
    await removeVms(lab, ...names);
    await clusterQuiet(lab);
  }, 5 * minute);

  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  /** Where each VM runs; nothing for one that does not. */
  const places = async (): Promise<Readonly<Record<string, string>>> => {
    const views = await listVms(lab);
    return Object.fromEntries(
      views.map(({ name, state, nodes }) => [name, state === "running" ? (nodes[0] ?? "") : ""]),
    );
  };

  const makeCluster = async (): Promise<void> => {
    await removeVms(lab, ...names);
    names = Array.from({ length: 3 + random(3) }, (_, i) => `plan${i}`);
    const specs = names.map((name, i) => {
      makeImage(imagePath(lab, name), 4);
      const other = names[(i + 1) % names.length] ?? "";
      const placement = pick([
        {},
        { prefer: pick(lab.names) },
        { "never-on": [pick(lab.names)] },
        { "only-on": [pick(lab.names), pick(lab.names)] },
        { "apart-from": [i === 0 ? other : (names[0] ?? "")] },
        { "together-with": [{ vm: i === 0 ? other : (names[0] ?? ""), strength: "should" }] },
      ]);
      const disks = [{ file: `/srv/shared/images/${name}.img` }];
      const priority = random(3);
      return JSON.stringify({
        ...{ name, memory: 128, hypervisor: "qemu", disks, boot: guestBoot(name), placement, priority },
      });
    });
    await lab.first().writeFile("/root/planned.yaml", specs.join("\n---\n"));
    await lab.haven(["vm", "add", "--yes", "--no-wait", "/root/planned.yaml"]);
    await lab.pacemaker().waitIdle({ timeoutMs: 2 * minute });
  };

  for (let round = 1; round <= rounds; round++) {
    test(
      `cluster ${round}: a node is drained as planned, and its loss has the consequences that were foreseen`,
      async () => {
        await makeCluster();
        const before = await places();
        const busy = lab.names.filter((node) => Object.values(before).includes(node));
        const drained = pick(busy.length > 0 ? busy : lab.names);
        await drainAsPlanned(drained);
        await loseAsForeseen(pick(lab.names));
      },
      15 * minute,
    );
  }

  const drainAsPlanned = async (node: string): Promise<void> => {
    const { stdout } = await lab.tryHaven(["plan", "drain", node, "--json"]);
    const plan = JSON.parse(stdout) as DrainPlan;
    const before = await places();
    const foreseen = { ...before };
    for (const step of plan.waves.flat()) foreseen[step.name] = step.to;
    for (const { name, outcome } of plan.inTheWay) if (outcome === "down") foreseen[name] = "";
    for (const { name, to, outcome } of plan.elsewhere)
      foreseen[name] = outcome === "down" ? "" : (to ?? foreseen[name] ?? "");
    const began = performance.now();
    await lab.haven(["node", "standby", node, "--yes", "--force"]);
    const seconds = (performance.now() - began) / 1000;
    await lab.pacemaker().waitIdle({ timeoutMs: 2 * minute });
    expect([node, await places()]).toEqual([node, foreseen]);
    const measured = plan.waves.flat().length > 0 && plan.waves.flat().every(({ basis }) => basis !== "size");
    if (measured) ratios.push(seconds / plan.seconds);
    console.log(`    ${node} drained in ${seconds.toFixed(1)} s, predicted ${plan.seconds.toFixed(1)} s`);
    await lab.haven(["node", "online", node, "--yes", "--force"]);
    await lab.pacemaker().waitIdle({ timeoutMs: 2 * minute });
  };

  const loseAsForeseen = async (node: string): Promise<void> => {
    const { stdout } = await lab.tryHaven(["plan", "fail", node, "--json"]);
    const plan = JSON.parse(stdout) as FailurePlan;
    const before = await places();
    const foreseen = { ...before };
    for (const { name, outcome, to } of plan.vms)
      foreseen[name] = outcome === "down" ? "" : (to ?? foreseen[name] ?? "");
    await lab.lab.powerOff(node);
    const seen: Readonly<Record<string, string>>[] = [];
    await waitFor(
      `what was foreseen of the loss of ${node}: ${JSON.stringify(foreseen)}`,
      2 * minute,
      async () => {
        const now = await places();
        seen.push(now);
        return Bun.deepEquals(now, foreseen);
      },
    );
    await waitFor(`${node} to be back`, 3 * minute, async () => {
      const { nodes } = await lab.pacemaker().status();
      return nodes.every(({ online, pending }) => online && !pending);
    });
    await lab.pacemaker().waitIdle({ timeoutMs: 2 * minute });
  };

  test("a drain takes as long as was predicted, within 30 % in the median", () => {
    expect(ratios.length).toBeGreaterThan(0);
    const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
    console.log(`    measured / predicted: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`);
    expect(median).toBeGreaterThan(0.7);
    expect(median).toBeLessThan(1.3);
  });
});
