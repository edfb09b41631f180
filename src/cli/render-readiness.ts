import type { StatusReadiness, StatusReady } from "../contract/status-report.ts";
import { styled } from "./table.ts";

/** More VMs than this with reasons of their own become a number. */
const mostVms = 8;

/** What is highly available now: one line where all is, else one for each node and VM that is not, with why. */
export function readinessLines(
  { ready, nodes, vms }: StatusReadiness,
  { color, all }: { readonly color: boolean; readonly all: boolean },
): readonly string[] {
  const count = (list: readonly StatusReady[], word: string): string =>
    `${list.filter((one) => one.ready).length} of ${list.length} ${word}${list.length === 1 ? "" : "s"}`;
  const counts = [count(nodes, "node"), ...(vms.length === 0 ? [] : [count(vms, "VM")])].join(", ");
  const head = `${styled("Ready for the loss of a node:", "bold", color)} ${styled(counts, ready ? "green" : "yellow", color)}`;
  if (ready) return [head];
  // What all nodes share is said once: a cluster without tests is no forty lines.
  const groups = Map.groupBy(
    nodes.filter((one) => !one.ready),
    (one) => reasonText(one),
  );
  const nodeLines = [...groups].map(
    ([text, list]) => `  ${list.map(({ name }) => name).join(", ")}: ${text}`,
  );
  // A VM that only waits for its node says nothing new.
  const told = vms.filter((vm) => !vm.ready && vm.reasons.some(({ code }) => isOwn(code)));
  const shown = all ? told : told.slice(0, mostVms);
  const vmLines = shown.map((vm) => `  VM ${vm.name}: ${ownText(vm)}`);
  if (told.length > shown.length) {
    vmLines.push(`  and ${told.length - shown.length} more VMs (--all shows each)`);
  }
  return [head, ...nodeLines, ...vmLines, ...nextLines([...nodes, ...shown], color)];
}

function isOwn(code: string): boolean {
  return ["unmanaged", "not-running", "bound", "no-other-node"].includes(code);
}

function reasonText({ reasons }: StatusReady): string {
  return reasons.map(({ text }) => text).join("; ");
}

function ownText({ reasons }: StatusReady): string {
  return reasons.flatMap(({ code, text }) => (isOwn(code) ? [text] : [])).join("; ");
}

/** The first thing to do; the next one follows when that is done. */
function nextLines(who: readonly StatusReady[], color: boolean): readonly string[] {
  const next = who.flatMap(({ reasons }) => reasons).find((reason) => reason.next !== undefined)?.next;
  return next === undefined ? [] : [styled(`    next: ${next}`, "dim", color)];
}
