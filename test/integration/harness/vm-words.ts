import type { VmView } from "../../../src/contract/vm-view.ts";
import { Cib } from "../../../src/pacemaker/cib.ts";
import { guestConsole } from "./guest-console.ts";
import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

/** VMs as `haven vm list` shows them; none where the word names none. */
export async function listVms(lab: TestLab, pattern = "*"): Promise<readonly VmView[]> {
  const { code, stdout } = await lab.tryHaven(["vm", "list", "--json", pattern]);
  return code === 0 ? JSON.parse(stdout) : [];
}

/** One VM as `haven vm list` shows it. */
export async function viewOf(lab: TestLab, vm: string): Promise<VmView> {
  const [view] = await listVms(lab, vm);
  if (view === undefined) throw new Error(`There is no VM ${vm}`);
  return view;
}

/** A VM's specification as `haven vm export` gives it. @param on The node where that is run */
export async function specOf(lab: TestLab, vm: string, on?: string) {
  const options = on === undefined ? {} : { on };
  const [exported] = JSON.parse(await lab.haven(["vm", "export", vm, "--json"], options));
  return exported.spec;
}

/** The configuration's version. */
export async function epochOf(lab: TestLab): Promise<number> {
  return Number(Cib.parse(await lab.pacemaker().queryCib()).root.get("epoch"));
}

/** Waits until a guest has printed some lines more. */
export async function countsOn(lab: TestLab, vm: string, lines = 5): Promise<void> {
  const before = guestConsole(lab, vm).lines.length;
  await waitFor(`${vm} to count on`, 60_000, () => guestConsole(lab, vm).lines.length >= before + lines);
}
