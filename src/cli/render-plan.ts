import { durationWords } from "../contract/duration-words.ts";
import { isDown } from "../contract/is-down.ts";
import type { CapacityReport, DrainPlan, FailurePlan, PlannedVm } from "../contract/plan-report.ts";
import { outcomeWords } from "../contract/planned-words.ts";
import { styled } from "./table.ts";

/** What follows when nodes are lost, in lines for a person. */
export function failurePlanLines(plan: FailurePlan, color: boolean): readonly string[] {
  const lost = plan.lost.join(" and ");
  const head = plan.survived
    ? styled(`${lost} may be lost: every VM that runs now runs afterwards`, "green", color)
    : styled(`When ${lost} is lost, not every VM runs afterwards`, "red", color);
  const quorum = plan.quorum ? [] : [styled("Those that are left have no quorum", "red", color)];
  const fenced = plan.fenced.map(({ node }) => `${node} is fenced`);
  const lines = [...quorum, ...fenced, ...plan.vms.flatMap((vm) => vmLines(vm, color)), ...plan.others];
  return [head, ...lines.map((line) => `  ${line}`)];
}

/** What a drain would do, in lines for a person. */
export function drainPlanLines(plan: DrainPlan, color: boolean): readonly string[] {
  const nodes = plan.nodes.join(" and ");
  const steps = plan.waves.flat();
  const count = `${steps.length} ${steps.length === 1 ? "VM leaves" : "VMs leave"} ${nodes}`;
  const guess = steps.every(({ basis }) => basis === "size") ? ", by their size alone" : "";
  const head = plan.possible
    ? styled(
        steps.length === 0
          ? `${nodes} has no VMs that would move`
          : `${count} in about ${durationWords(plan.seconds)}${guess}`,
        "green",
        color,
      )
    : styled(`${nodes} cannot be drained as things are:`, "red", color);
  const waves = plan.waves.flatMap((wave, i) => [
    `Wave ${i + 1}:`,
    ...wave.map(({ name, to, outcome, seconds, dirtyRate }) => {
      const how = outcome === "migrated" ? "migrates live" : "is stopped and started";
      const writes = dirtyRate === undefined || dirtyRate < 1 ? "" : `, its guest writes ${dirtyRate} MiB/s`;
      return `  ${name} ${how} to ${to}, about ${durationWords(seconds)}${writes}`;
    }),
  ]);
  const lines = [
    ...plan.inTheWay.flatMap((vm) => vmLines(vm, color)),
    ...waves,
    ...plan.elsewhere.flatMap((vm) => vmLines(vm, color)),
    ...plan.others,
  ];
  return [head, ...lines.map((line) => `  ${line}`)];
}

/** Which losses would be survived, in lines for a person. */
export function capacityLines(report: CapacityReport, color: boolean): readonly string[] {
  const unknown = new Map(report.unknown.map(({ name, why }) => [name, why]));
  const lines = report.cases.flatMap((one): readonly string[] => {
    if (one.survived) return [];
    const why = unknown.get(one.name);
    if (!one.quorum) return [`${styled(one.name, "red", color)}: those that are left have no quorum`];
    if (why !== undefined) return [`${styled(one.name, "yellow", color)}: not certain by arithmetic: ${why}`];
    return [
      `${styled(one.name, "red", color)}:`,
      ...[...one.down, ...one.waiting].flatMap((vm) => vmLines(vm, color).map((line) => `  ${line}`)),
    ];
  });
  const count = report.cases.length;
  const good = report.cases.filter(({ survived }) => survived).length;
  const head = report.survived
    ? styled(`Each of ${count} losses would be survived`, "green", color)
    : `${good} of ${count} losses would be survived for certain; not:`;
  return [head, ...lines.map((line) => `  ${line}`)];
}

/** What becomes of a VM, and why where it is down. */
export function vmLines(vm: PlannedVm, color: boolean): readonly string[] {
  const text = `${vm.name} ${outcomeWords(vm)}`;
  return [isDown(vm) ? styled(text, "red", color) : text, ...vm.why.map((why) => `  ${why}`)];
}
