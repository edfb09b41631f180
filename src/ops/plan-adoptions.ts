import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { PlacementSpec } from "../contract/spec-placement.ts";
import type { VmSpec } from "../contract/vm-spec.ts";
import { xmlFlag } from "../libvirt/constants.ts";
import { adoptionHazards } from "../vm/adoption-hazards.ts";
import { type CarriedOver, carryOver } from "../vm/carry-over.ts";
import { domainChanges } from "../vm/domain-changes.ts";
import { configFile } from "../vm/foreign-vms.ts";
import { fromDomain } from "../vm/from-domain.ts";
import { bindsToNode } from "../vm/host-devices.ts";
import { resourceId } from "../vm/names.ts";
import type { SpecText } from "../vm/read-spec.ts";
import { vmNames } from "../vm/release-foreign.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import { xmDomain } from "../vm/xm-config.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import type { Adoptable } from "./adoptable.ts";
import type { Environment } from "./environment.ts";
import { fileProblems } from "./file-problems.ts";
import { type PlannedVm, planVms } from "./vm-plan.ts";
import type { VmCluster } from "./vm-views.ts";

/** A VM that is to be taken over, with what it becomes. */
export interface Adoption {
  readonly name: string;
  readonly from: Adoptable;
  readonly carried: CarriedOver | undefined;
  /** What a person should know before saying yes. */
  readonly lines: readonly string[];
}

export interface AdoptionPlan {
  readonly adoptions: readonly Adoption[];
  readonly created: readonly PlannedVm[];
}

/**
 * Makes the specifications of VMs that are to be taken over, by the domain that runs where one does, and checks them as
 * those of new VMs.
 *
 * @throws HavenError vm.invalid with everything that stands against it
 */
export async function planAdoptions(
  environment: Environment,
  cluster: VmCluster,
  chosen: readonly Adoptable[],
): Promise<AdoptionPlan> {
  const { cib } = cluster;
  const taken = new Map(
    chosen.flatMap(({ foreign, name }) => (foreign ? [[foreign.id, name] as const] : [])),
  );
  const others = vmNames(cib, taken);
  const problems: string[] = [];
  const adoptions: Adoption[] = [];
  const texts: SpecText[] = [];
  for (const from of chosen) {
    const title = titleOf(from);
    const carried = from.foreign === undefined ? undefined : carryOver(cib, from.foreign, others);
    const against = [...from.problems, ...(carried?.problems ?? []), ...sameId(from)];
    problems.push(...against.map((why) => `${title}: ${why}`));
    if (against.length > 0) continue;
    try {
      const { spec, lines } = await specOf(environment, from, carried, title);
      texts.push({ file: title, text: await specYaml(spec), derived: true });
      adoptions.push({ name: from.name, from, carried, lines });
    } catch (error) {
      if (isHavenError(error, "interrupted")) throw error;
      const known = isHavenError(error, "vm.invalid") ? error.payload.problems : undefined;
      problems.push(...(Array.isArray(known) ? known.map(String) : [`${title}: ${printError(error)}`]));
    }
  }
  if (problems.length > 0) throw new HavenError("vm.invalid", { problems });
  const { created } = await planVms(environment, cib, { texts, mode: "add", runAlready: true });
  return { adoptions, created };
}

function titleOf({ foreign, domain, node }: Adoptable): string {
  return foreign === undefined
    ? `domain ${domain}${node === undefined ? "" : ` on ${node}`}`
    : `resource ${foreign.id}`;
}

/** Both resources are there for a while: they need two ids. */
function sameId({ foreign, name }: Adoptable): readonly string[] {
  if (foreign?.id !== resourceId(name)) return [];
  return [`has the id ${foreign.id}, which the VM ${name} would have: give it another name with --name`];
}

async function specOf(
  environment: Environment,
  from: Adoptable,
  carried: CarriedOver | undefined,
  title: string,
): Promise<{ readonly spec: VmSpec; readonly lines: readonly string[] }> {
  const { xml, notes } = await domainXml(environment, from);
  const domain = readXml(xml, { source: title });
  const against = from.state === "running" ? adoptionHazards(domain) : [];
  if (against.length > 0)
    throw new HavenError("vm.invalid", { problems: against.map((why) => `${title}: ${why}`) });
  const found = await fromDomain(xml, { source: title, name: from.name });
  const bound = bindsToNode(xml.replaceAll('"', "'"));
  const placement: PlacementSpec = {
    ...(bound && from.node !== undefined ? { "only-on": [from.node] } : {}),
    ...carried?.spec.placement,
  };
  const spec: VmSpec = {
    ...found,
    ...carried?.spec,
    ...(Object.keys(placement).length === 0 ? {} : { placement }),
  };
  const files = environment.isLive ? await fileProblems(spec) : [];
  const lines = [
    headline(from),
    ...(from.domain === from.name ? [] : [`${from.domain} is called ${from.name} from its next start on`]),
    ...placementLines(placement),
    ...(carried?.notes ?? []),
    ...notes,
    ...files.map(({ path, why }) => `on this node ${path} ${why}`),
    ...stateLines(domain),
    ...from.domains
      .filter(({ active }) => !active)
      .map(
        ({ node }) => `the definition that libvirt on ${node} has of it is taken away, and kept as a file`,
      ),
    ...leftFile(from),
  ];
  return { spec, lines: lines.map((line, i) => (i === 0 ? line : `  ${line}`)) };
}

function headline({ foreign, name, domain, state, node }: Adoptable): string {
  const what =
    foreign === undefined ? `the domain ${domain}` : `the resource ${foreign.id} (${foreign.fullAgent})`;
  return `${name}: from ${what}, ${state === "running" ? `which runs on ${node} and runs on` : "which is stopped and stays so"}`;
}

function placementLines(placement: PlacementSpec): readonly string[] {
  return Object.entries(placement).map(([field, values]) => `placement.${field}: ${JSON.stringify(values)}`);
}

function leftFile({ foreign }: Adoptable): readonly string[] {
  const file = foreign === undefined ? undefined : configFile(foreign);
  return file === undefined ? [] : [`its file ${file} is left on the nodes, and counts no longer`];
}

/** UEFI's variables and the TPM's state are where libvirt put them. */
function stateLines(domain: XmlElement): readonly string[] {
  const nvram = domain.at("os", "nvram")?.text.trim();
  if (nvram === undefined || !nvram.startsWith("/var/lib/libvirt/")) return [];
  return [
    `UEFI's variables stay in ${nvram}: where the nodes do not share that folder, another node starts with new ones`,
  ];
}

async function domainXml(
  environment: Environment,
  from: Adoptable,
): Promise<{ readonly xml: string; readonly notes: readonly string[] }> {
  const { domains, config, foreign, state } = from;
  const source = domains.find(({ active }) => active) ?? (foreign === undefined ? domains[0] : undefined);
  if (source !== undefined) {
    const libvirt = await environment.libvirt(source.node, source.driver);
    const flags = xmlFlag.secure | (source.driver === "qemu" && source.active ? xmlFlag.migratable : 0);
    const xml = await libvirt.domainGetXMLDesc(source.domain, flags, { timeoutMs: 10_000 });
    return { xml, notes: state === "running" ? differs(xml, config) : [] };
  }
  if (config === undefined)
    throw new HavenError("vm.invalid", { problems: [`${from.domain}: its XML was not found`] });
  if (/^\s*</.test(config)) return { xml: config, notes: [] };
  const made = xmDomain(config);
  if (typeof made === "string") {
    const why = `its configuration cannot be read as that of a Xen domain: ${made}. Write it as libvirt XML (virsh domxml-from-native xen-xl FILE), then: haven vm add --xml --stopped`;
    throw new HavenError("vm.invalid", { problems: [`${titleOf(from)}: ${why}`] });
  }
  return { xml: made.xml, notes: made.left.map((line) => `not carried over: ${line}`) };
}

/** Where its file says something else than what runs. */
function differs(xml: string, config: string | undefined): readonly string[] {
  if (config === undefined || !/^\s*</.test(config)) return [];
  try {
    return domainChanges(config, xml).map((line) => `what runs counts, not its file: ${line}`);
  } catch {
    return [];
  }
}
