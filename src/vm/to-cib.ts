import { type XmlElement, xml } from "../xml/element.ts";
import { vmDefaults } from "./defaults.ts";
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

/** What a VM is in the CIB. */
export interface VmInCib {
  readonly primitive: XmlElement;
  readonly constraints: readonly XmlElement[];
}

export interface ToCibOptions {
  /** It is added without being started. */
  readonly stopped?: boolean;
  /** Meta attributes where the specification says nothing: the template's, as the administrator has set them. */
  readonly meta?: ReadonlyMap<string, string>;
}

/**
 * The primitive and constraints of a VM. Operations that equal the cluster's defaults are a reference to the
 * template `haven-vm`; only what is particular to this VM is written out.
 *
 * @throws HavenError xml.invalid when the specification's own XML is not well formed
 */
export function toCib(spec: ResolvedSpec, options: ToCibOptions = {}): VmInCib {
  const id = resourceId(spec.name);
  const shared = options.meta ?? new Map(Object.entries(vmMeta));
  const meta = {
    ...Object.fromEntries(shared),
    ...(spec.priority === undefined ? {} : { priority: spec.priority }),
    // libvirt's driver for containers cannot migrate, and a node's devices stay where they are.
    ...(spec.migration?.allowed === false || spec.hypervisor === "lxc" || bindsToNode(spec)
      ? { "allow-migrate": false }
      : {}),
    ...(options.stopped === true ? { "target-role": "Stopped" } : {}),
  };
  const utilization = { memory: spec.memory, cpu: spec.cpu?.count ?? vmDefaults.cpuCount };
  const primitive = xml("primitive", { id, ...vmAgent }, [
    pairs("instance_attributes", `${id}-instance_attributes`, {
      xml: toDomain(spec),
      spec: oneLineJson(spec),
    }),
    pairs("meta_attributes", `${id}-meta_attributes`, meta),
    pairs("utilization", `${id}-utilization`, utilization),
    operations(id, spec),
  ]);
  return { primitive, constraints: vmConstraints(spec) };
}

function pairs(
  kind: string,
  id: string,
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): XmlElement {
  const children = Object.entries(values).map(([name, value]) =>
    value === undefined ? undefined : xml("nvpair", { id: `${id}-${name}`, name, value }),
  );
  return xml(kind, { id }, children);
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
