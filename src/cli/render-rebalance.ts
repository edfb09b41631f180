import { durationWords } from "../contract/duration-words.ts";
import type { NodeFill, RebalancePlan } from "../contract/plan-changes.ts";
import { styled, table } from "./table.ts";

/** The moves that even a cluster out, in lines for a person. */
export function rebalanceLines(plan: RebalancePlan, color: boolean): readonly string[] {
  const { moves, commands } = plan;
  const steps = moves.flatMap(({ name, from, to, seconds, why }, i) => [
    `${i + 1}. ${name} from ${from} to ${to}, about ${durationWords(seconds)}`,
    `   ${why}`,
  ]);
  const rows = plan.nodes.map(({ name, before, after }) => [
    ...[name, percent(before, "memory"), percent(after, "memory")],
    ...[percent(before, "cpu"), percent(after, "cpu")],
  ]);
  const shown = table(["NODE", "MEMORY", "THEN", "CPU", "THEN"], rows, color);
  const doing =
    commands.length === 0 ? [] : ["To do it, in this order:", ...commands.map((one) => `  ${one}`)];
  const notes = [
    ...plan.unmovable.map(({ name, why }) => `Stays: ${name} ${why}`),
    ...plan.leftOut.map(({ name, why }) => `Not counted: ${name}, since ${why}`),
    ...plan.refused.map((line) => `Not proposed: ${line}`),
  ];
  return [headOf(plan, color), ...[...steps, ...shown, ...doing, ...notes].map((line) => `  ${line}`)];
}

function headOf(
  { moves, before, after, threshold, seconds, isFewest }: RebalancePlan,
  color: boolean,
): string {
  if (before <= threshold) {
    return styled(`Nothing to gain: the nodes are ${before} percentage points apart`, "green", color);
  }
  if (moves.length === 0) {
    const text = `The nodes are ${before} percentage points apart, and no move that may be made changes that`;
    return styled(text, "yellow", color);
  }
  const count = `${moves.length} ${moves.length === 1 ? "move" : "moves"}`;
  const fewest = isFewest ? "" : " (fewer may do: there is too much to look at all)";
  const text = `${count} in about ${durationWords(seconds)}${fewest}: the nodes are then ${after} percentage points apart instead of ${before}`;
  return styled(text, after <= threshold ? "green" : "yellow", color);
}

function percent(fill: NodeFill, kind: keyof NodeFill): string {
  const share = fill[kind];
  return share === undefined ? "-" : `${Math.round(share * 100)} %`;
}
