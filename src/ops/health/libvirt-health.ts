import type { HealthCheck } from "../../contract/health-check.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { listDomainsFlag } from "../../libvirt/constants.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import { vmsInCib } from "../../vm/vms-in-cib.ts";
import { memoryPromise } from "../memory-promise.ts";
import type { NodeContext } from "./node-context.ts";
import { whyOf } from "./why-of.ts";

/** A domain as this node's libvirt has it. */
export interface LocalDomain {
  readonly name: string;
  readonly uuid: string;
  readonly active: boolean;
  /** Defined here: libvirt keeps it also when it does not run. */
  readonly persistent: boolean;
  /** libvirt starts it at boot. */
  readonly autostart: boolean;
}

const timeoutMs = 3000;

/** This node's own libvirt: that it answers, what it has beside the cluster's VMs, and the memory that was promised. */
export async function libvirtHealth(
  { node, cib, openLibvirt, signal }: NodeContext,
  until: AbortSignal,
): Promise<readonly HealthCheck[]> {
  let libvirt: Libvirt;
  try {
    libvirt = await openLibvirt(undefined, until);
  } catch (error) {
    if (signal.aborted) throw error;
    const text = `libvirt does not answer on this node: ${whyOf(error)}`;
    const expected = "an answer at qemu:///system";
    return [{ id: "libvirt", severity: "error", text, expected, next: "systemctl status libvirtd" }];
  }
  try {
    const call = { timeoutMs, signal: until };
    const info = await libvirt.nodeGetInfo(call);
    const domains = await localDomains(libvirt, call);
    const problem = cib === undefined ? undefined : memoryPromise(cib, node, info);
    const running = domains.filter(({ active }) => active).length;
    const text = `libvirt answers, ${running === 1 ? "1 domain runs" : `${running} domains run`}`;
    return [
      { id: "libvirt", severity: "ok", text },
      ...(problem === undefined ? [] : [{ id: "memory", severity: "warning", ...problem } as const]),
      ...domainHealth(domains, cib),
    ];
  } finally {
    await libvirt.close();
  }
}

async function localDomains(
  libvirt: Libvirt,
  call: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<readonly LocalDomain[]> {
  const list = (flags: number) => libvirt.connectListAllDomains(flags, call);
  const [all, persistent, autostart] = [
    await list(0),
    await list(listDomainsFlag.persistent),
    await list(listDomainsFlag.autostart),
  ];
  const has = (domains: readonly { readonly uuid: string }[], uuid: string): boolean =>
    domains.some((one) => one.uuid === uuid);
  return all.map(({ name, uuid, id }) => ({
    ...{ name, uuid, active: id !== -1 },
    ...{ persistent: has(persistent, uuid), autostart: has(autostart, uuid) },
  }));
}

/** Domains that libvirt has beside what the cluster gives it, or that it would start by itself. Pure. */
export function domainHealth(domains: readonly LocalDomain[], cib: Cib | undefined): readonly HealthCheck[] {
  const vms = cib === undefined ? [] : vmsInCib(cib);
  const byUuid = new Map(
    vms.map((vm) => [/<uuid>\s*([0-9a-fA-F-]{36})\s*<\/uuid>/.exec(vm.xml ?? "")?.[1], vm.name]),
  );
  const found = domains.flatMap((domain): readonly HealthCheck[] => {
    const { name, uuid, active, persistent, autostart } = domain;
    const vm = byUuid.get(uuid) ?? vms.find((one) => one.name === name)?.name;
    const about = { subject: name };
    if (vm !== undefined && persistent) {
      return [
        {
          ...{ ...about, id: "leftover.definition", severity: autostart ? "error" : "warning" },
          text: `libvirt has a definition of its own of VM ${vm}${autostart ? ", and starts it at boot: it would run twice" : ""}`,
          expected: "none: the cluster creates its VMs from its own configuration",
          next: `${autostart ? `virsh autostart --disable ${name}; ` : ""}virsh undefine --keep-nvram ${name}`,
        },
      ];
    }
    if (vm !== undefined || cib === undefined || !active || isOthers(name, cib)) return [];
    return [
      {
        ...{ ...about, id: "leftover.domain", severity: "warning" },
        text: `domain ${name} runs here, and the cluster does not know it`,
        expected: "only VMs of the cluster, which alone are counted and recovered",
        next: `Make it a VM of the cluster (virsh dumpxml ${name}), or: virsh shutdown ${name}`,
      },
    ];
  });
  if (found.length > 0 || cib === undefined) return found;
  return [{ id: "leftover.domain", severity: "ok", text: "libvirt has nothing beside the cluster's VMs" }];
}

/** A VM of another agent's: it names the domain, or a file that is named after it. */
function isOthers(name: string, cib: Cib): boolean {
  return cib.resources.some(({ kind, element }) => {
    if (kind !== "primitive" || element.get("class") === "stonith") return false;
    const values = cib.nvpairs(element, "instance_attributes").values();
    return [...values].some((value) => value === name || value.split("/").at(-1) === `${name}.xml`);
  });
}
