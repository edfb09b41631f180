import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Waits until memory of a guest is on its way. Before a migration has begun, QEMU tells of the one before, if there was
 * any: only numbers that change are of this one. An abort that comes too early does nothing.
 */
export async function migrationUnderWay(lab: TestLab, from: string, vm: string): Promise<void> {
  let before: string | undefined;
  await waitFor("the migration to be under way", 60_000, async () => {
    const job = await lab.node(from).exec(["virsh", "domjobinfo", vm]);
    const processed = /Data processed:\s+([1-9].*)/.exec(job.stdout)?.[1];
    const isChanged = processed !== undefined && before !== undefined && processed !== before;
    before = processed ?? before;
    return isChanged;
  });
}
