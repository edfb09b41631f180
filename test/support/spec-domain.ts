import type { Settings } from "../../src/contract/settings.ts";
import { readSpecs } from "../../src/vm/read-spec.ts";
import { type ResolvedSpec, resolveSpec } from "../../src/vm/resolve-spec.ts";
import { specProblemText } from "../../src/vm/spec-problem.ts";
import { toDomain } from "../../src/vm/to-domain.ts";
import { zoneNetworks } from "../../src/vm/zone-networks.ts";
import type { XmlElement } from "../../src/xml/element.ts";
import { readXml } from "../../src/xml/read.ts";

/** What becomes of a specification in YAML, with kvm for `hypervisor: auto`. */
export interface SpecDomain {
  readonly spec: ResolvedSpec;
  readonly text: string;
  readonly domain: XmlElement;
}

/** A UUID for tests. */
export const testUuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";

const baseline = { model: "Westmere", features: { pcid: "require", vmx: "disable" } } as const;

/** The zones of the documents' examples. */
const zones: Settings = {
  zones: {
    intranet: { bridge: "br0", ipv4: ["192.168.4.0/24"] },
    dmz: { ovs: "ovs0", vlan: 5, ipv4: ["192.168.5.0/24"] },
  },
};
const hosts = new Map([["web1.example.org", ["192.168.4.5"]]]);

/** @throws Error with all that is wrong */
export async function specDomain(yaml: string): Promise<SpecDomain> {
  const { specs, problems } = await readSpecs([{ file: "spec.yaml", text: yaml }], {});
  const [read] = specs;
  if (problems.length > 0 || read === undefined) throw new Error(problems.map(specProblemText).join("\n"));
  const zoned = zoneNetworks(read.spec, zones, hosts);
  if (zoned.problems.length > 0) throw new Error(zoned.problems.map(({ what }) => what).join("\n"));
  const spec = resolveSpec(zoned.value, { hypervisor: "kvm", uuid: testUuid, baseline });
  const text = toDomain(spec);
  return { spec, text, domain: readXml(text, { source: "domain" }) };
}

/** Adds name and memory where only other fields matter. */
export function withName(yaml: string): string {
  return `name: web1\nmemory: 2 GiB\n${yaml}`;
}

/** What is wrong with a specification, a line for each problem. */
export async function specProblems(yaml: string): Promise<readonly string[]> {
  return (await readSpecs([{ file: "web.yaml", text: yaml }], {})).problems.map(specProblemText);
}
