import type { ResolvedSpec } from "../../src/vm/resolve-spec.ts";
import { type XmlElement, xml } from "../../src/xml/element.ts";

/** What the HAVC cluster's templates (2014) made of a VM. */
export interface HavcVm {
  readonly group: XmlElement;
  readonly constraints: readonly XmlElement[];
}

/**
 * A VM as HAVC's templates laid it out in the CIB: a group with one primitive, whose operations, meta attributes and
 * utilization are its own, a preferred node, and a connectivity rule for each VM. Ids as theirs: the VM's name, and
 * the kind in capitals.
 */
export function havcVm(spec: ResolvedSpec): HavcVm {
  const { name } = spec;
  const id = `${name}-LibvirtQemu`;
  const pairs = (set: string, values: Readonly<Record<string, string | number>>): XmlElement[] =>
    Object.entries(values).map(([key, value]) => xml("nvpair", { id: `${set}-${key}`, name: key, value }));
  const operation = (operationName: string, timeout: string, interval: string): XmlElement =>
    xml("op", {
      id: `${id}-OP-${operationName.replace("_", "-")}`,
      name: operationName,
      timeout,
      interval,
    });
  const primitive = xml("primitive", { id, class: "ocf", provider: "custom", type: "LibvirtQemu" }, [
    xml(
      "instance_attributes",
      { id: `${id}-IA` },
      pairs(`${id}-IA`, { config: `/havc/config/libvirt/${name}.xml`, email: "watchdog@example.org" }),
    ),
    xml("meta_attributes", { id: `${id}-MA` }, pairs(`${id}-MA`, { "allow-migrate": "true" })),
    xml(
      "utilization",
      { id: `${id}-utilization` },
      pairs(`${id}-utilization`, { cpu: spec.cpu?.count ?? 1, memory: spec.memory }),
    ),
    xml("operations", {}, [
      operation("monitor", "30s", "60s"),
      ...["start", "stop", "migrate_to", "migrate_from"].map((one) => operation(one, "60s", "0")),
    ]),
  ]);
  const connectivity = `${name}-connectivity`;
  const expression = (suffix: string, rest: Readonly<Record<string, string>>): XmlElement =>
    xml("expression", { id: `${connectivity}-R-E-${suffix}`, attribute: "pingd", ...rest });
  return {
    group: xml("group", { id: name }, [primitive]),
    constraints: [
      xml("rsc_location", { id: connectivity, rsc: name }, [
        xml("rule", { id: `${connectivity}-R`, score: "-INFINITY", "boolean-op": "or" }, [
          expression("not_defined", { operation: "not_defined" }),
          expression("lte", { operation: "lte", value: "0" }),
        ]),
      ]),
      ...(spec.placement?.prefer ?? []).map((node) =>
        xml("rsc_location", { id: `${name}-location`, rsc: name, node, score: "1000" }),
      ),
    ],
  };
}
