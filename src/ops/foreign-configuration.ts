import { Cib, type CibResource } from "../pacemaker/cib.ts";
import { settingsSet } from "../vm/settings-in-cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { mayBeSecret } from "./change-summary.ts";
import type { Environment } from "./environment.ts";
import { tokensSet } from "./tokens-in-cib.ts";

/** What Pacemaker's configuration has beside Haven's own. */
export interface ForeignConfiguration {
  /** Of the cluster, those that Haven has set among them. A value that may be a secret is left out. */
  readonly properties: readonly { readonly set: string; readonly name: string; readonly value?: string }[];
  readonly resources: readonly ForeignResource[];
  readonly constraints: readonly { readonly id: string; readonly kind: string; readonly text: string }[];
}

export interface ForeignResource {
  readonly id: string;
  readonly kind: string;
  /** "ocf:heartbeat:IPaddr2"; of a primitive. */
  readonly agent?: string;
  /** The group, clone or bundle around it, outermost first. */
  readonly inside: readonly string[];
}

/**
 * What Haven has not made and does not change: resources that are neither its VMs nor fence devices, constraints between
 * them, and the cluster's properties.
 *
 * @throws HavenError pacemaker.*
 */
export async function foreignConfiguration(environment: Environment): Promise<ForeignConfiguration> {
  const { pacemaker, signal } = environment;
  return foreignIn(Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" })));
}

/** The same of a configuration. */
export function foreignIn(cib: Cib): ForeignConfiguration {
  const sets = cib.section("crm_config")?.all("cluster_property_set") ?? [];
  const properties = sets.flatMap((element) => {
    const set = element.get("id") ?? "";
    if (set === settingsSet || set === tokensSet) return [];
    return [...cib.properties(set)].map(([name, value]) => ({
      ...{ set, name },
      ...(mayBeSecret(name) ? {} : { value }),
    }));
  });
  const vms = cib.resources.filter(isHavens).map(({ id }) => id);
  return {
    properties,
    resources: cib.resources.filter((one) => !isHavens(one) && !isFencing(one)).map(viewOf),
    constraints: cib.constraints
      .filter((one) => !isOwnConstraint(one.get("id") ?? "", vms))
      .map((one) => ({ id: one.get("id") ?? "", kind: one.name.slice("rsc_".length), text: textOf(one) })),
  };
}

function isHavens({ id, element }: CibResource): boolean {
  return id.startsWith("haven-") || element.get("provider") === "haven";
}

function isFencing({ element }: CibResource): boolean {
  return element.get("class") === "stonith";
}

/** Those of a VM begin with its resource and a dot, those of a label with `vms.`. */
function isOwnConstraint(id: string, vms: readonly string[]): boolean {
  return /^(haven-|vms\.)/.test(id) || vms.some((vm) => id.startsWith(`${vm}.`));
}

function viewOf({ id, kind, element, inside }: CibResource): ForeignResource {
  const agent = ["class", "provider", "type"].map((name) => element.get(name)).filter(Boolean);
  return { id, kind, ...(agent.length === 0 ? {} : { agent: agent.join(":") }), inside };
}

/** A constraint as its attributes say it, rules and sets by their parts. */
function textOf(constraint: XmlElement): string {
  const own = [...constraint.entries()].filter(([name]) => name !== "id");
  const parts = [...constraint.walk()]
    .filter((part) => part !== constraint && !part.name.startsWith("#"))
    .map((part) => {
      const words = [...part.entries()].filter(([name]) => name !== "id" || part.name === "resource_ref");
      return `${part.name}(${words.map(([name, value]) => `${name}=${value}`).join(" ")})`;
    });
  return [...own.map(([name, value]) => `${name}=${value}`), ...parts].join(" ");
}
