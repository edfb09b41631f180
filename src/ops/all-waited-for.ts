import { HavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { WaitResult } from "./wait-vms.ts";

/**
 * The VMs that were waited for, where none has failed.
 *
 * @param mend Whether a failure is forgotten by hand once its cause is mended
 * @throws HavenError vm.failed, which tells of each that has failed
 */
export function allWaitedFor({ done, failed }: WaitResult, mend: boolean): readonly VmView[] {
  const [first, ...others] = failed;
  if (first === undefined) return done;
  const { name } = first.vm;
  const more = others.map(({ vm, why }) => `; ${vm.name} ${why}`).join("");
  const cleanup = mend ? `; after mending the cause: haven vm cleanup ${name}` : "";
  throw new HavenError("vm.failed", {
    name,
    why: `${first.why}${more}`,
    hint: `See: haven vm show ${name}${cleanup}`,
  });
}
