import { expect } from "bun:test";
import { guestConsole } from "./guest-console.ts";
import { migrationUnderWay } from "./migration-under-way.ts";
import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

const minute = 60_000;

/** A live migration whose memory is on its way. */
export interface SlowMigration {
  readonly from: string;
  readonly to: string;
  /** A node that has no part in it. */
  readonly other: string;
  /** How often the guest had booted before. */
  readonly boots: number;
  /** The command's end. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** 4 MiB/s: slow enough to break in the middle, fast enough to end. */
export const slowly = { migration: { bandwidth: 4 } } as const;

/** Begins a move, seen from the node that has no part in it, and waits until memory is on its way. */
export async function beginMigration(lab: TestLab, vm: string): Promise<SlowMigration> {
  const from = await waitFor(`${vm} to be started`, 2 * minute, () => lab.whereIs(vm));
  const [to = "", other = ""] = lab.names.filter((name) => name !== from);
  // Failures of earlier tests would make the agent wait longer.
  await lab.run(from, ["sh", "-c", "rm -f /run/haven/domains/*.failures"]);
  // A guest that an earlier test had started anew may still boot: what it prints then would count as another boot.
  const printed = guestConsole(lab, vm).lines.length;
  await waitFor("the guest to count", minute, () => guestConsole(lab, vm).lines.length > printed);
  const { boots } = guestConsole(lab, vm);
  const ended = lab.node(other).exec(["haven", "vm", "move", vm, "--to", to], { timeoutMs: 5 * minute });
  await migrationUnderWay(lab, from, vm);
  return { from, to, other, boots: boots.length, ended };
}

/** The guest never restarted, counts on, and Pacemaker manages it on that node, and nothing is left elsewhere. */
export async function expectUnharmed(
  lab: TestLab,
  vm: string,
  { node, boots, withinS }: { readonly node: string; readonly boots: number; readonly withinS: number },
): Promise<void> {
  await waitFor(
    `${vm} to be managed on ${node}`,
    withinS * 1000,
    async () => (await lab.whereIs(vm)) === node,
  );
  const before = guestConsole(lab, vm).last?.seq ?? 0;
  await waitFor("it to count on", minute, () => (guestConsole(lab, vm).last?.seq ?? 0) > before + 5);
  expect(guestConsole(lab, vm).boots).toHaveLength(boots);
  for (const name of lab.on()) {
    const list = (await lab.run(name, ["virsh", "list", "--name"])).split("\n");
    expect(list.includes(vm)).toBe(name === node);
  }
}
