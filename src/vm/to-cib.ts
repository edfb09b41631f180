import { type XmlElement, xml } from "../xml/element.ts";
import { vmDefaults } from "./defaults.ts";
import { hasEmulatedTpm } from "./emulated-tpm.ts";
import { bindsToNode } from "./host-devices.ts";
import { resourceId } from "./names.ts";
import { oneLineJson } from "./one-line-json.ts";
import { vmConstraints } from "./placement.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { toDomain } from "./to-domain.ts";
import {
  defaultTimeouts,
  type VmTimeouts,
  vmAgent,
  vmMeta,
  vmOperations,
  vmTemplateIds,
} from "./vm-template.ts";
import { coresAttribute, coresOf } from "./whole-cores.ts";

/** What a VM is in the CIB. */
export interface VmInCib {
  readonly primitive: XmlElement;
  readonly constraints: readonly XmlElement[];
}

export interface ToCibOptions {
  /** The domain's XML, where it has been made of the specification already. */
  readonly xml?: string;
  /** It is added without being started. */
  readonly stopped?: boolean;
  /** Meta attributes where the specification says nothing: the template's, as the administrator has set them. */
  readonly meta?: ReadonlyMap<string, string>;
  /** What the cluster's rsc_defaults give to every resource. */
  readonly defaults?: ReadonlyMap<string, string>;
}

/**
 * The primitive and constraints of a VM. Operations that equal the cluster's defaults are a reference to the
 * template `haven-vm`; only what is particular to this VM is written out. Ids are short, since each stands in the CIB
 * for every VM: no VM's name has a dot, so what follows one is the VM's own.
 *
 * @throws HavenError xml.invalid when the specification's own XML is not well formed
 */
export function toCib(spec: ResolvedSpec, options: ToCibOptions = {}): VmInCib {
  const id = resourceId(spec.name);
  const domain = options.xml ?? toDomain(spec);
  const shared = options.meta ?? new Map(Object.entries(vmMeta));
  const meta = {
    ...Object.fromEntries(shared),
    ...(spec.priority === undefined ? {} : { priority: spec.priority }),
    ...(mayMigrate(spec, domain) ? {} : { "allow-migrate": false }),
    ...(options.stopped === true ? { "target-role": "Stopped" } : {}),
  };
  const cores = coresOf(spec);
  const utilization = {
    memory: spec.memory,
    cpu: spec.cpu?.count ?? vmDefaults.cpuCount,
    ...(cores === undefined ? {} : { [coresAttribute]: cores }),
  };
  const primitive = xml("primitive", { id, ...vmAgent }, [
    pairs("instance_attributes", `${id}.params`, id, {
      xml: domain,
      spec: oneLineJson(spec),
    }),
    // The sets' ids are what crm_resource looks for, which makes a second set where it finds no such one.
    pairs("meta_attributes", `${id}-meta_attributes`, id, ownMeta(meta, options.defaults ?? new Map())),
    pairs("utilization", `${id}-utilization`, id, utilization),
    operations(id, spec),
  ]);
  return { primitive, constraints: vmConstraints(spec) };
}

/** libvirt's driver for containers cannot migrate, and a node's devices stay where they are. */
function mayMigrate({ migration, hypervisor }: ResolvedSpec, domain: string): boolean {
  if (migration?.allowed === false || hypervisor === "lxc" || bindsToNode(domain)) return false;
  return migration?.allowed === true || !hasEmulatedTpm(domain);
}

type Values = Readonly<Record<string, string | number | boolean>>;

/**
 * What the cluster's defaults do not say already. `allow-migrate` is written in any case: it must hold whatever they
 * become, and pcs and crmsh find a set to write into.
 */
function ownMeta(meta: Values, defaults: ReadonlyMap<string, string>): Values {
  return Object.fromEntries(
    Object.entries(meta).filter(
      ([name, value]) => name === "allow-migrate" || defaults.get(name) !== String(value),
    ),
  );
}

function pairs(kind: string, set: string, resource: string, values: Values): XmlElement {
  const children = Object.entries(values).map(([name, value]) =>
    xml("nvpair", { id: `${resource}.${name}`, name, value }),
  );
  return xml(kind, { id: set }, children);
}

/** A reference to the shared operations, or the VM's own where one of its times does not fit into them. */
function operations(id: string, spec: ResolvedSpec): XmlElement {
  const timeouts = vmTimeouts(spec);
  const same = (Object.keys(timeouts) as (keyof VmTimeouts)[]).every(
    (name) => timeouts[name] === defaultTimeouts[name],
  );
  return same
    ? xml("operations", { "id-ref": vmTemplateIds.operations })
    : vmOperations(`${id}.ops`, timeouts);
}

/** How long a VM's operations may take: the defaults, longer where what its specification asks for takes longer. */
export function vmTimeouts(spec: ResolvedSpec): VmTimeouts {
  const ready = spec["ready-signal"];
  const start = ready?.enabled === true ? (ready.timeout ?? vmDefaults.readyTimeout) : 0;
  const graceful = spec.policies?.["graceful-stop"] ?? 0;
  return {
    start: Math.max(defaultTimeouts.start, start),
    stop: Math.max(defaultTimeouts.stop, graceful + vmDefaults.stopReserve),
    migrate: spec.migration?.timeout ?? defaultTimeouts.migrate,
  };
}
