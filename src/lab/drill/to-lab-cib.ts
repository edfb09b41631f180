import { Cib } from "../../pacemaker/cib.ts";
import { type XmlElement, xml } from "../../xml/element.ts";
import { type LeftOut, labConstraints } from "./lab-constraints.ts";
import { labNodesSection, renameNodes } from "./lab-nodes.ts";
import { labProperties } from "./lab-properties.ts";
import { type DrillVm, labResources, type ReplacedResource } from "./lab-resources.ts";

export interface LabCibOptions {
  /** What each node of the real cluster is called in the lab; those that are not here are not in it. */
  readonly names: ReadonlyMap<string, string>;
  /** At most so many VMs become guests. */
  readonly guests: number;
  /** What the lab's nodes may ping. */
  readonly pingTargets: readonly string[];
}

export interface LabCib {
  readonly cib: Cib;
  readonly vms: readonly DrillVm[];
  readonly replaced: readonly ReplacedResource[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The configuration with which a lab stands for a real cluster. Its own are the nodes' numbers, fencing, and whom it
 * tells of events; all that decides where VMs run is the real cluster's. Nothing that is given is changed.
 *
 * @param real The real cluster's, in the schema that the lab's Pacemaker has
 * @param lab The lab's, as cluster set-up has made it
 */
export function toLabCib(real: Cib, lab: Cib, options: LabCibOptions): LabCib {
  const work = new Cib(real.root.clone());
  const { vms, replaced, removed } = labResources(work, options);
  const leftOut = [...labConstraints(work, removed)];
  const properties = labProperties(work, lab);
  const nodes = labNodesSection(work, lab, options.names);
  const fencing = lab.resources
    .filter(({ kind, element }) => kind === "primitive" && element.get("class") === "stonith")
    .map(({ element }) => element.clone());
  const devices = new Set(fencing.map((element) => element.get("id") ?? ""));
  const ownConstraints = lab.constraints.filter((one) => devices.has(one.get("rsc") ?? ""));
  const sections = [
    properties.section,
    nodes.section,
    joined("resources", work.section("resources"), fencing),
    joined("constraints", work.section("constraints"), ownConstraints),
    lab.section("fencing-topology")?.clone(),
    work.section("op_defaults"),
    work.section("rsc_defaults"),
    lab.section("alerts")?.clone(),
    work.section("tags"),
  ];
  for (const name of ["alerts", "acls"]) {
    const count = work.section(name)?.children.length ?? 0;
    if (count > 0) leftOut.push({ what: name, why: "nobody outside is told, and the lab has no users" });
  }
  const configuration = xml("configuration", {}, sections);
  renameNodes(configuration, options.names);
  dropDangling(configuration);
  const root = xml("cib", Object.fromEntries(lab.root.entries()), [configuration, xml("status")]);
  return {
    cib: new Cib(root),
    vms,
    replaced,
    leftOut: [...leftOut, ...properties.leftOut, ...nodes.leftOut],
  };
}

function joined(name: string, real: XmlElement | undefined, more: readonly XmlElement[]): XmlElement {
  return xml(name, {}, [...(real?.children ?? []), ...more.map((element) => element.clone())]);
}

/** References to what stood in something that is not there any more. */
function dropDangling(configuration: XmlElement): void {
  const ids = new Set([...configuration.walk()].map((element) => element.get("id")));
  for (const element of configuration.walk()) {
    const stay = element.children.filter((child) => {
      const reference = child.get("id-ref");
      return reference === undefined || ids.has(reference);
    });
    if (stay.length < element.children.length) element.children.splice(0, element.children.length, ...stay);
  }
}
