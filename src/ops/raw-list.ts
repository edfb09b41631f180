import type { StatusResourceState } from "../contract/status-report.ts";
import { Cib, type CibResource, type ResourceKind } from "../pacemaker/cib.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Environment } from "./environment.ts";
import { isFencing, isHavens, isHavensConstraint } from "./raw-owner.ts";
import { plainId, resourceState } from "./status-resource.ts";

/** What Pacemaker's configuration has beside Haven's own. */
export interface RawConfiguration {
  readonly resources: readonly RawResource[];
  readonly constraints: readonly { readonly id: string; readonly type: string; readonly text: string }[];
  readonly tags: readonly { readonly id: string; readonly objects: readonly string[] }[];
}

export interface RawResource {
  readonly id: string;
  readonly type: ResourceKind;
  /** "ocf:heartbeat:IPaddr2"; of a primitive. */
  readonly agent?: string;
  /** Of a clone. */
  readonly promotable?: boolean;
  /** The group, clone or bundle around it, outermost first. */
  readonly inside: readonly string[];
  /** Of a primitive, each of its instances: what it does, and where. */
  readonly instances: readonly RawInstance[];
}

export interface RawInstance {
  readonly state: StatusResourceState;
  readonly role: string;
  readonly nodes: readonly string[];
  readonly managed: boolean;
}

/**
 * What Haven has not made: resources that are neither its VMs nor fence devices, constraints between them, and tags.
 *
 * @throws HavenError pacemaker.*
 */
export async function rawList(
  environment: Pick<Environment, "pacemaker" | "signal">,
): Promise<RawConfiguration> {
  const { pacemaker, signal } = environment;
  const [configuration, status] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    pacemaker.status({ signal, fenceHistory: "none", attributes: false, bans: false }),
  ]);
  return rawIn(Cib.parse(configuration), status);
}

/** The same of a configuration. */
export function rawIn(
  cib: Cib,
  status: Pick<ClusterStatus, "resources" | "failures"> = { resources: [], failures: [] },
): RawConfiguration {
  return {
    resources: cib.resources
      .filter((one) => !isHavens(one) && !isFencing(one))
      .map((one) => viewOf(cib, one, status)),
    constraints: cib.constraints
      .filter((one) => !isHavensConstraint(cib, one))
      .map((one) => ({
        id: one.get("id") ?? "",
        type: one.name.slice("rsc_".length),
        text: constraintText(one),
      })),
    tags: (cib.section("tags")?.all("tag") ?? []).map((tag) => ({
      id: tag.get("id") ?? "",
      objects: tag.all("obj_ref").map((one) => one.get("id") ?? ""),
    })),
  };
}

function viewOf(
  cib: Cib,
  { id, kind, element, inside }: CibResource,
  { resources, failures }: Pick<ClusterStatus, "resources" | "failures">,
): RawResource {
  const agent = ["class", "provider", "type"].map((name) => element.get(name)).filter(Boolean);
  const failed = failures.some(({ resource }) => plainId(resource) === id);
  const isClone = kind === "clone" || kind === "master";
  return {
    ...{ id, type: kind },
    ...(agent.length === 0 ? {} : { agent: agent.join(":") }),
    ...(isClone ? { promotable: kind === "master" || isTrue(cib, element) } : {}),
    inside,
    instances: resources
      .filter((one) => kind === "primitive" && plainId(one.id) === id)
      .map((one) => ({
        ...{ state: resourceState(one, failed), role: one.role, nodes: one.nodes, managed: one.managed },
      })),
  };
}

function isTrue(cib: Cib, clone: XmlElement): boolean {
  return cib.nvpairs(clone, "meta_attributes").get("promotable") === "true";
}

/** A constraint as its attributes say it, rules and sets by their parts. */
export function constraintText(constraint: XmlElement): string {
  const own = [...constraint.entries()].filter(([name]) => name !== "id");
  const parts = [...constraint.walk()]
    .filter((part) => part !== constraint && !part.name.startsWith("#"))
    .map((part) => {
      const words = [...part.entries()].filter(([name]) => name !== "id" || part.name === "resource_ref");
      return `${part.name}(${words.map(([name, value]) => `${name}=${value}`).join(" ")})`;
    });
  return [...own.map(([name, value]) => `${name}=${value}`), ...parts].join(" ");
}
