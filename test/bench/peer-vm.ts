import type { ResolvedSpec } from "../../src/vm/resolve-spec.ts";
import { type XmlElement, xml } from "../../src/xml/element.ts";
import { writeXml } from "../../src/xml/write.ts";

/** The same VM by the means of those who have only Pacemaker's tools: VirtualDomain, from a file. */
export interface PeerVm {
  readonly primitive: XmlElement;
  readonly constraint: XmlElement;
}

const operations = { monitor: "30s", start: "60s", stop: "60s", migrate_to: "60s", migrate_from: "60s" };
const agent = { class: "ocf", provider: "heartbeat", type: "VirtualDomain" };

function facts(spec: ResolvedSpec) {
  return {
    id: `vm-${spec.name}`,
    parameters: { config: `/etc/libvirt/vms/${spec.name}.xml`, hypervisor: "qemu:///system" },
    utilization: { cpu: spec.cpu?.count ?? 1, memory: spec.memory },
    node: spec.placement?.prefer?.[0] ?? "node1",
  };
}

/** As XML, for cibadmin. */
export function peerVm(spec: ResolvedSpec): PeerVm {
  const { id, parameters, utilization, node } = facts(spec);
  const pairs = (kind: string, values: Readonly<Record<string, string | number>>): XmlElement =>
    xml(
      kind,
      { id: `${id}-${kind}` },
      Object.entries(values).map(([name, value]) =>
        xml("nvpair", { id: `${id}-${kind}-${name}`, name, value }),
      ),
    );
  const ops = Object.entries(operations).map(([name, timeout]) =>
    xml("op", { id: `${id}-${name}`, name, timeout, interval: name === "monitor" ? "60s" : "0s" }),
  );
  return {
    primitive: xml("primitive", { id, ...agent }, [
      pairs("instance_attributes", parameters),
      pairs("meta_attributes", { "allow-migrate": "true" }),
      pairs("utilization", utilization),
      xml("operations", {}, ops),
    ]),
    constraint: xml("rsc_location", { id: `location-${id}`, rsc: id, node, score: "1000" }),
  };
}

/** A CIB's text with those VMs put in. */
export function withPeerVms(cib: string, specs: readonly ResolvedSpec[]): string {
  const made = specs.map(peerVm);
  const write = (elements: readonly XmlElement[]): string => elements.map((one) => writeXml(one)).join("");
  return cib
    .replace("</resources>", () => `${write(made.map(({ primitive }) => primitive))}</resources>`)
    .replace("</constraints>", () => `${write(made.map(({ constraint }) => constraint))}</constraints>`);
}

/** The one cibadmin call that adds the VM. */
export function cibadminCall(spec: ResolvedSpec): readonly string[] {
  const { primitive, constraint } = peerVm(spec);
  const configuration = xml("configuration", {}, [
    xml("resources", {}, [primitive]),
    xml("constraints", {}, [constraint]),
  ]);
  return ["cibadmin", "--modify", "--allow-create", "--xml-text", writeXml(configuration)];
}

/** The pcs calls that add the VM to the CIB in a file: pcs has one for the resource, its utilization, its place. */
export function pcsCalls(file: string, spec: ResolvedSpec): readonly (readonly string[])[] {
  const { id, parameters, utilization, node } = facts(spec);
  const words = (values: Readonly<Record<string, string | number>>): string[] =>
    Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const ops = Object.entries(operations).flatMap(([name, timeout]) => [
    name,
    ...(name === "monitor" ? ["interval=60s"] : []),
    `timeout=${timeout}`,
  ]);
  const create = ["resource", "create", id, "ocf:heartbeat:VirtualDomain", ...words(parameters)];
  return [
    ["pcs", "-f", file, ...create, "op", ...ops, "meta", "allow-migrate=true"],
    ["pcs", "-f", file, "resource", "utilization", id, ...words(utilization)],
    ["pcs", "-f", file, "constraint", "location", id, "prefers", `${node}=1000`],
  ];
}

/** The statements for one `crm configure load update` of all of them. */
export function crmText(specs: readonly ResolvedSpec[]): string {
  return specs
    .map((spec) => {
      const { id, parameters, utilization, node } = facts(spec);
      const words = (values: Readonly<Record<string, string | number>>): string =>
        Object.entries(values)
          .map(([name, value]) => `${name}="${value}"`)
          .join(" ");
      const ops = Object.entries(operations).map(
        ([name, timeout]) => `op ${name} interval=${name === "monitor" ? "60s" : "0s"} timeout=${timeout}`,
      );
      const parts = [
        `params ${words(parameters)}`,
        ...ops,
        "meta allow-migrate=true",
        `utilization ${words(utilization)}`,
      ];
      return `primitive ${id} ocf:heartbeat:VirtualDomain ${parts.join(" ")}\nlocation location-${id} ${id} 1000: ${node}\n`;
    })
    .join("");
}
