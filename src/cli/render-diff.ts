import { specChangeText } from "../contract/spec-change.ts";
import type { VmDifference } from "../ops/vm-diff.ts";
import { styled } from "./table.ts";

/** Differences in lines for a person. */
export function diffLines(found: readonly VmDifference[], color: boolean): readonly string[] {
  return found.flatMap((vm) => {
    const title = styled(vm.name, "bold", color);
    const unknown = vm.unknown === undefined ? [] : [`  what runs cannot be looked at: ${vm.unknown}`];
    if (vm.state === "new") return [`${title} is not in the cluster`];
    if (vm.state === "same") return [`${title} does not differ`, ...unknown];
    return [
      `${title} differs`,
      ...vm.changes.map((change) => `  ${specChangeText(change)}`),
      ...(vm.domain ?? []).map((line) => `  its domain: ${line}`),
      ...vm.drift.map((line) => `  not as its specification gives: ${line}`),
      ...vm.pending.map((line) => `  waits for the next start: ${line}`),
      ...unknown,
    ];
  });
}
