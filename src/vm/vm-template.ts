import { type XmlElement, xml } from "../xml/element.ts";
import { vmDefaults } from "./defaults.ts";

/** Class, provider and type of every VM's resource. */
export const vmAgent = { class: "ocf", provider: "haven", type: "Domain" } as const;

/** Ids that every VM's primitive refers to. */
export const vmTemplateIds = {
  template: "haven-vm",
  meta: "haven-vm-meta",
  operations: "haven-vm-ops",
} as const;

/** Timeouts of a VM's operations, in seconds. */
export interface VmTimeouts {
  readonly start: number;
  readonly stop: number;
  readonly migrate: number;
}

/** The timeouts that hold where a VM says nothing else. */
export const defaultTimeouts: VmTimeouts = {
  start: vmDefaults.startTimeout,
  stop: vmDefaults.stopTimeout,
  migrate: vmDefaults.migrateTimeout,
};

/**
 * Those of them that set-up writes into a new cluster's rsc_defaults: a VM says itself only what is not said there.
 * `allow-migrate` is not among them, since an agent that cannot migrate would be asked to, nor `priority`, since
 * priority-fencing-delay is to count VMs and nothing else.
 */
export const sharedMeta: Readonly<Record<string, string>> = {
  "migration-threshold": String(vmDefaults.migrationThreshold),
  "failure-timeout": `${vmDefaults.failureTimeout}s`,
};

/** Meta attributes that a VM gets unless its specification or the cluster's template says something else. */
export const vmMeta: Readonly<Record<string, string>> = {
  "allow-migrate": "true",
  priority: String(vmDefaults.priority),
  ...sharedMeta,
};

/**
 * The template that nothing refers to as a template (pcs crashes on `template=`): it holds the operations of all
 * VMs, which refer to them by `id-ref`, so that what is the same for all is written once, and the meta attributes
 * that new VMs get. Those are each VM's own, since pcs and crmsh cannot change shared ones, where the cluster's
 * defaults do not say the same (docs/adr/own-meta-attributes.md).
 */
export function vmTemplate(): XmlElement {
  const { template, meta, operations } = vmTemplateIds;
  return xml("template", { id: template, ...vmAgent }, [
    xml(
      "meta_attributes",
      { id: meta },
      Object.entries(vmMeta).map(([name, value]) => xml("nvpair", { id: `${meta}-${name}`, name, value })),
    ),
    vmOperations(operations, defaultTimeouts),
  ]);
}

/**
 * A set of operations for VMs. A failed stop fences, since nothing else makes sure that the VM is gone. A failed
 * migration blocks the resource instead of stopping it on both nodes, so that the guest runs on at its source.
 */
export function vmOperations(id: string, timeouts: VmTimeouts): XmlElement {
  const operation = (
    name: string,
    timeout: number,
    rest: Readonly<Record<string, string>> = {},
  ): XmlElement => {
    const interval = rest.interval ?? "0s";
    const timed = { id: `${id}-${name}`, name, interval, timeout: `${timeout}s` };
    return xml("op", { ...timed, ...rest });
  };
  return xml("operations", { id }, [
    operation("monitor", vmDefaults.monitorTimeout, { interval: `${vmDefaults.monitorInterval}s` }),
    operation("start", timeouts.start),
    operation("stop", timeouts.stop, { "on-fail": "fence" }),
    operation("migrate_to", timeouts.migrate, { "on-fail": "block" }),
    operation("migrate_from", timeouts.migrate),
    operation("reload-agent", vmDefaults.reloadTimeout),
  ]);
}
