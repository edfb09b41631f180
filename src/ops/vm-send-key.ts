import { HavenError } from "../base/errors.ts";
import { keyCodes } from "../contract/keys.ts";
import { keycodeSet } from "../libvirt/constants.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { locateVm } from "./locate-vm.ts";

export type Codeset = keyof typeof keycodeSet;

export interface VmSendKeyOptions {
  readonly name: string;
  /** What is pressed one after the other, each one key or several together: "ctrl-alt-del". */
  readonly keys: readonly string[];
  /** Whose numbers the keys are; linux, which has names too, unless given. */
  readonly codeset?: Codeset;
  /** How long keys are held down, in ms; QEMU's 100 unless given. */
  readonly holdMs?: number;
  /** Asked before they are sent. */
  readonly question?: string;
  /** For messages: what the user called, "send-key" unless given. */
  readonly command?: string;
}

export interface VmSendKeyResult {
  readonly name: string;
  readonly node: string;
  readonly keys: readonly string[];
}

/** Longer would hold up all keys behind it. */
const longestHoldMs = 60_000;

/**
 * Presses keys on the keyboard of a guest, on whichever node it runs. All keys are checked before the first is sent.
 *
 * @throws HavenError input.invalid, vm.not-found, vm.refused, vm.declined, vm.failed, usage,
 *   pacemaker.no-file-action, libvirt.*
 */
export async function vmSendKey(
  environment: Environment,
  options: VmSendKeyOptions,
): Promise<VmSendKeyResult> {
  const { codeset = "linux", holdMs = 0, command = "send-key" } = options;
  if (holdMs > longestHoldMs) {
    throw new HavenError("input.invalid", {
      where: "How long the keys are held",
      found: holdMs,
      expected: `at the most ${longestHoldMs} ms`,
    });
  }
  const chords = options.keys.map((chord) => {
    const codes = keyCodes(chord, codeset);
    if (typeof codes !== "string") return codes;
    throw new HavenError("usage", {
      what: `'${chord}' ${codes}`,
      hint: "Names are those of Linux's keys: ctrl-alt-del, f2, shift-a; or numbers",
    });
  });
  const { vm, node, libvirt, domain } = await locateVm(environment, options.name, {
    action: "send-key",
    command,
  });
  if (driverOf(vm) !== "qemu") {
    throw new HavenError("vm.refused", { name: vm.name, why: `has no keyboard: it is ${vm.hypervisor}` });
  }
  if (options.question !== undefined && !(await environment.confirm(options.question))) {
    throw new HavenError("vm.declined");
  }
  for (const codes of chords) {
    await libvirt.domainSendKey(domain, codes, holdMs, keycodeSet[codeset], { signal: environment.signal });
  }
  return { name: vm.name, node, keys: options.keys };
}
