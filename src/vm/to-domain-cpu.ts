import { HavenError } from "../base/errors.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { vmDefaults } from "./defaults.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { element, isQemu, stateElement } from "./to-domain-element.ts";

/** Memory, CPUs, and where on the host they are. */
export function sizeElements(spec: ResolvedSpec): readonly (XmlElement | undefined)[] {
  const { memory, "memory-maximum": most = memory, "io-threads": ioThreads } = spec;
  const { count = vmDefaults.cpuCount, maximum = count } = spec.cpu ?? {};
  return [
    element("memory", String(most), { unit: "MiB" }),
    most === memory ? undefined : element("currentMemory", String(memory), { unit: "MiB" }),
    hugePages(spec),
    element("vcpu", String(maximum), {
      placement: spec.numa?.mode === "host" ? "auto" : "static",
      cpuset: spec.numa?.cpus,
      current: maximum === count ? undefined : count,
    }),
    ioThreads === undefined ? undefined : element("iothreads", String(ioThreads)),
    numaTuning(spec),
  ];
}

function hugePages({ "huge-pages": pages }: ResolvedSpec): XmlElement | undefined {
  if (pages === undefined || pages === false) return undefined;
  const page = pages === true ? undefined : xml("page", { size: pages, unit: "MiB" });
  return xml("memoryBacking", {}, [xml("hugepages", {}, [page])]);
}

const numaModes = { strict: "strict", spread: "interleave", preferred: "preferred", host: "strict" } as const;

function numaTuning({ numa }: ResolvedSpec): XmlElement | undefined {
  if (numa === undefined) return undefined;
  const where = numa.mode === "host" ? { placement: "auto" } : { nodeset: numa.nodes };
  return xml("numatune", {}, [xml("memory", { mode: numaModes[numa.mode], ...where })]);
}

/**
 * Features and processor. Without KVM the model is qemu64, the same on every node; with KVM host-model, which
 * libvirt writes out where the VM starts, and compares before a migration.
 *
 * @throws HavenError vm.invalid for the model baseline when nobody has found out what it is
 */
export function processor(spec: ResolvedSpec): readonly XmlElement[] {
  if (!isQemu(spec)) {
    if (spec.hypervisor !== "xen") return [];
    const pae = xml("features", {}, [xml("acpi"), xml("apic"), xml("pae")]);
    const details = cpuDetails(spec, {});
    return details.length === 0 ? [pae] : [pae, xml("cpu", {}, details)];
  }
  const features = xml("features", {}, [xml("acpi"), xml("apic"), enlightenments(spec)]);
  const { model, features: known } = chosenModel(spec);
  const details = cpuDetails(spec, known);
  if (model === "host-model") return [features, xml("cpu", { mode: model, check: "partial" }, details)];
  if (model === "host-passthrough" || model === "maximum") {
    return [features, xml("cpu", { mode: model }, details)];
  }
  // Without KVM QEMU leaves out features of a named model that it cannot emulate: nothing to check there.
  const check = spec.hypervisor === "kvm" ? "partial" : "none";
  return [
    features,
    xml("cpu", { mode: "custom", match: "exact", check }, [
      element("model", model, { fallback: "forbid" }),
      ...details,
    ]),
  ];
}

interface Model {
  readonly model: string;
  readonly features: Readonly<Record<string, string>>;
}

function chosenModel({ cpu, hypervisor, name }: ResolvedSpec): Model {
  const usual = hypervisor === "kvm" ? "host-model" : "qemu64";
  if (cpu?.model !== "baseline") return { model: cpu?.model ?? usual, features: {} };
  if (cpu.baseline !== undefined) return { model: cpu.baseline.model, features: cpu.baseline.features ?? {} };
  // What every node emulates is the same already.
  if (hypervisor !== "kvm") return { model: usual, features: {} };
  const why = `${name}: cpu.model: expected a model, since no node could be asked for the baseline`;
  throw new HavenError("vm.invalid", { problems: [why] });
}

function cpuDetails({ cpu }: ResolvedSpec, known: Model["features"]): readonly XmlElement[] {
  const features = Object.entries({ ...known, ...cpu?.features });
  return [
    ...(cpu?.topology === undefined ? [] : [topology(cpu)]),
    ...features.map(([name, policy]) => xml("feature", { policy, name })),
  ];
}

function topology({ count, maximum = count, topology = {} }: NonNullable<ResolvedSpec["cpu"]>): XmlElement {
  const { cores = 1, threads = 1 } = topology;
  const { sockets = maximum / (cores * threads) } = topology;
  return xml("topology", { sockets, cores, threads });
}

/** What Windows knows to use of KVM. */
function enlightenments(spec: ResolvedSpec): XmlElement | undefined {
  if (spec.hyperv !== true || spec.hypervisor !== "kvm") return undefined;
  const spinlocks = xml("spinlocks", { state: "on", retries: 8191 });
  return xml("hyperv", { mode: "custom" }, [
    ...["relaxed", "vapic"].map((name) => stateElement(name, true)),
    spinlocks,
    ...["vpindex", "runtime", "synic", "stimer"].map((name) => stateElement(name, true)),
  ]);
}
