import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { domainState, pausedReason } from "../libvirt/constants.ts";
import { setGuestClock } from "../libvirt/set-guest-clock.ts";
import { vmDefaults } from "../vm/defaults.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { isNoDomain } from "./find-copies.ts";
import { driverOf } from "./libvirt-driver.ts";
import { selectVms } from "./select-vms.ts";
import { isMarked } from "./unblock-vm.ts";
import { isAlwaysAsked, vmQuestion } from "./vm-question.ts";
import { readVmCluster } from "./vm-views.ts";

export interface VmPowerOptions {
  readonly names: readonly string[];
  /** `reset`: as the reset button. `pause`: the guest's processors stand still. `resume`: they go on. */
  readonly what: "reset" | "pause" | "resume";
}

export interface VmPowerResult {
  readonly done: readonly { readonly name: string; readonly node: string }[];
  /** VMs that stand still, or run, already. */
  readonly unchanged: readonly string[];
  /** What the cluster makes of it, to be read afterwards. */
  readonly notes: readonly string[];
}

/**
 * Does something to the guests of VMs through the libvirt of the nodes that they run on. Pacemaker's configuration is
 * not changed, and to Pacemaker the VM runs all the while.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined, pacemaker.no-file-action, libvirt.*
 */
export async function vmPower(environment: Environment, options: VmPowerOptions): Promise<VmPowerResult> {
  const { what } = options;
  const { vms, entries } = await readVmCluster(environment);
  if (!environment.isLive) throw new HavenError("pacemaker.no-file-action", { what: `haven vm ${what}` });
  const chosen = selectVms(vms, options.names);
  for (const vm of chosen) {
    const why =
      vmCannot(what, vm) ?? (vm.uuid === undefined ? "has no specification to tell its UUID" : undefined);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const notes = what === "pause" ? chosen.flatMap((vm) => pauseNotes(vm, entries)) : [];
  if (notes.length > 0 || isAlwaysAsked(what, options.names)) {
    const names = chosen.map(({ name }) => name);
    const { question, lines } = vmQuestion(what, names);
    if (!(await environment.confirm(question, [...lines, ...notes]))) throw new HavenError("vm.declined");
  }
  const done: { name: string; node: string }[] = [];
  const unchanged: string[] = [];
  for (const vm of chosen) {
    const node = vm.nodes[0] ?? "";
    const spec = entries.find(({ name }) => name === vm.name)?.spec;
    if (await act(environment, vm, node, { what, setClock: spec?.clock?.sync !== false }))
      done.push({ name: vm.name, node });
    else unchanged.push(vm.name);
  }
  return { done, unchanged, notes };
}

/** @returns False where there was nothing to do */
async function act(
  environment: Environment,
  vm: VmView,
  node: string,
  { what, setClock }: Pick<VmPowerOptions, "what"> & { readonly setClock: boolean },
): Promise<boolean> {
  const libvirt = await environment.libvirt(node, driverOf(vm));
  const call = { signal: environment.signal };
  try {
    const domain = await libvirt.domainLookupByUUID(vm.uuid ?? "", call);
    if (what === "reset") {
      await libvirt.domainReset(domain, 0, call);
      return true;
    }
    const { state, reason } = await libvirt.domainGetState(domain, 0, call);
    const paused = state === domainState.paused;
    if (paused && (await arrives(libvirt, vm.uuid ?? "", reason))) {
      throw new HavenError("vm.refused", {
        name: vm.name,
        why: "waits for the end of a migration: let it end first",
      });
    }
    if (paused === (what === "pause")) return false;
    if (what === "pause") await libvirt.domainSuspend(domain, call);
    else await libvirt.domainResume(domain, call);
    // A guest without an agent has to see to its clock itself.
    if (what === "resume" && setClock) await setGuestClock(libvirt, domain, { timeoutMs: 5000 });
    return true;
  } catch (error) {
    if (!isNoDomain(error)) throw error;
    throw new HavenError("vm.failed", {
      name: vm.name,
      why: `is not known to libvirt on ${node}`,
      hint: `See: haven vm show ${vm.name}`,
    });
  }
}

/** It stands still because another copy may run: only the agent may let it go on. */
async function arrives(libvirt: Libvirt, uuid: string, reason: number): Promise<boolean> {
  if (reason === pausedReason.migration || reason === pausedReason.startingUp) return true;
  return await isMarked(libvirt, uuid);
}

/** What the agent's next monitor makes of a VM that stands still, where that is more than to wait for a person. */
function pauseNotes(vm: VmView, entries: readonly VmEntry[]): readonly string[] {
  const policy = entries.find(({ name }) => name === vm.name)?.spec?.policies?.suspended ?? "wait";
  const soon = `within ${vmDefaults.monitorInterval} s`;
  if (!vm.managed || vm.maintenance || policy === "wait") return [];
  if (policy === "resume") {
    return [`${vm.name} goes on by itself ${soon}: its policy says suspended: resume`];
  }
  return [`${vm.name} is restarted ${soon}: its policy says suspended: fail`];
}
