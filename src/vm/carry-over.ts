import type { PlacementSpec } from "../contract/spec-placement.ts";
import type { VmSpec } from "../contract/vm-spec.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { carryPlacement } from "./carry-placement.ts";
import { vmDefaults } from "./defaults.ts";
import type { ForeignVm } from "./foreign-vms.ts";

/** What of a resource of another agent becomes what in Haven. */
export interface CarriedOver {
  /** Fields of the specification. */
  readonly spec: Pick<VmSpec, "priority" | "migration" | "policies"> & { readonly placement?: PlacementSpec };
  /** Parameters of the resource that no field has. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
  readonly utilization: Readonly<Record<string, string>>;
  /** Ids of constraints that the placement says from now on. */
  readonly placed: readonly string[];
  /** For people: what is kept as it is, and what is not carried over. */
  readonly notes: readonly string[];
  /** Why it cannot be taken over at all. */
  readonly problems: readonly string[];
}

/** In fields, or decided by whoever takes it over. */
const handledMeta = new Set([
  "is-managed",
  "target-role",
  "allow-migrate",
  "priority",
  "ordered",
  "collocated",
]);

/** Parameters that name what the domain is, or how libvirt is reached: Haven has its own ways. */
const needless = new Set(["config", "xmfile", "name", "hypervisor", "migration_transport", "migration_user"]);

/**
 * What of a resource's parameters, meta attributes, utilization and constraints is carried over: to fields where the
 * meaning is the same, else as it is.
 *
 * @param others Names of VMs by the ids of their resources, that a placement can name
 */
export function carryOver(cib: Cib, vm: ForeignVm, others: ReadonlyMap<string, string>): CarriedOver {
  const placement = carryPlacement(cib, vm, others);
  const parameters = carryParameters(vm);
  const priority = Number(vm.meta.get("priority"));
  const hasPriority =
    Number.isInteger(priority) && priority >= 0 && priority <= 1_000_000 && vm.meta.has("priority");
  const migrates = /^(true|yes|on|1|y)$/i.test(vm.meta.get("allow-migrate") ?? "");
  const migration = { ...(migrates ? {} : { allowed: false }), ...parameters.migration };
  const policies = { ...gracefulStop(vm), ...parameters.policies };
  const meta = [...vm.meta].filter(([name]) => !handledMeta.has(name));
  const capacities = new Set(cib.nodes.flatMap((node) => [...node.utilization.keys()]));
  const more = [...vm.utilization].filter(([name]) => name !== "memory" && name !== "cpu");
  // What no node has, no node would have room for (VirtualDomain writes hv_memory and host_memory by itself).
  const utilization = more.filter(([name]) => capacities.has(name));
  return {
    spec: {
      ...(hasPriority ? { priority } : {}),
      ...(Object.keys(migration).length === 0 ? {} : { migration }),
      ...(Object.keys(policies).length === 0 ? {} : { policies }),
      ...(Object.keys(placement.placement).length === 0 ? {} : { placement: placement.placement }),
    },
    parameters: parameters.own,
    meta: Object.fromEntries(meta),
    utilization: Object.fromEntries(utilization),
    placed: placement.placed,
    notes: [
      ...(migrates ? [] : ["live migration stays not allowed, as it was (migration.allowed)"]),
      ...parameters.notes,
      ...placement.notes,
      ...meta.map(([name, value]) => `meta attribute kept: ${name}=${value}`),
      ...more.map(([name, value]) =>
        capacities.has(name)
          ? `utilization kept: ${name}=${value}`
          : `utilization not carried over, since no node has it: ${name}=${value}`,
      ),
    ],
    problems: problemsOf(cib, vm),
  };
}

function problemsOf(cib: Cib, { id, inside, meta }: ForeignVm): readonly string[] {
  const around = inside.map((one) => cib.resource(one)).find((one) => one?.kind !== "group");
  return [
    ...(around === undefined
      ? []
      : [`${id} is in the ${around.kind} ${around.id}: a VM is one, not several`]),
    ...(meta.has("remote-node")
      ? [`${id} is also the guest node ${meta.get("remote-node")} (remote-node)`]
      : []),
  ];
}

interface Parameters {
  readonly own: Readonly<Record<string, string>>;
  readonly policies: NonNullable<VmSpec["policies"]>;
  readonly migration: NonNullable<VmSpec["migration"]>;
  readonly notes: readonly string[];
}

function carryParameters({ agent, parameters }: ForeignVm): Parameters {
  const own: Record<string, string> = {};
  const notes: string[] = [];
  // LibvirtQemu presses ESC before each shutdown.
  const policies: NonNullable<VmSpec["policies"]> =
    agent === "LibvirtQemu" ? { "esc-before-shutdown": true } : {};
  const migration: NonNullable<VmSpec["migration"]> = {};
  for (const [name, value] of parameters) {
    if (
      value === "" ||
      needless.has(name) ||
      name.startsWith("autoset_utilization_") ||
      value.trimStart().startsWith("<")
    )
      continue;
    const scripts = value.split(/\s+/).filter((path) => path !== "");
    if (name === "force_stop") own.force_stop = value;
    else if (name === "monitor_scripts" && scripts.every((path) => path.startsWith("/")))
      policies["monitor-scripts"] = scripts;
    else if (name === "migration_network_suffix") migration["network-suffix"] = value;
    else if (name === "migration_speed" && /^[1-9]\d{0,5}$/.test(value)) migration.bandwidth = Number(value);
    else notes.push(`not carried over: ${name}=${value.length > 60 ? `${value.slice(0, 57)}…` : value}`);
  }
  return { own, policies, migration, notes };
}

/** A guest that has had longer to shut down than Haven gives unless said. */
function gracefulStop({ element }: ForeignVm): NonNullable<VmSpec["policies"]> {
  const stop = element
    .child("operations")
    ?.all("op")
    .find((op) => op.get("name") === "stop");
  const timeout = secondsOf(stop);
  return timeout === undefined || timeout <= vmDefaults.stopTimeout
    ? {}
    : { "graceful-stop": timeout - vmDefaults.stopReserve };
}

function secondsOf(op: XmlElement | undefined): number | undefined {
  const match = /^(\d{1,5})\s*(s|sec|m|min)?$/.exec(op?.get("timeout") ?? "");
  if (match === null) return undefined;
  return Number(match[1]) * (match[2]?.startsWith("m") === true ? 60 : 1);
}
