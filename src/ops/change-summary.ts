import type { CibChange } from "../pacemaker/cib-diff.ts";
import { vmNameOf } from "../vm/names.ts";
import { settingsSet } from "../vm/settings-in-cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { tokensSet } from "./tokens-in-cib.ts";

/** What a change of the configuration has changed, for people who look for it later. */
export interface ChangeSummary {
  /** `web: priority: 1 → 7; target-role removed`, one for each thing that was changed. */
  readonly lines: readonly string[];
  /** The VMs among these, and those that a constraint among them is of. */
  readonly vms: readonly string[];
}

/** Elements that people speak of by their id. What is inside of one is a part of it. */
const things: ReadonlySet<string> = new Set([
  "node",
  "primitive",
  "group",
  "clone",
  "master",
  "bundle",
  "template",
  "rsc_location",
  "rsc_colocation",
  "rsc_order",
  "rsc_ticket",
  "fencing-level",
  "alert",
  "tag",
  "cluster_property_set",
]);

/** What people call Haven's own property sets. */
const propertySets: ReadonlyMap<string, string> = new Map([
  [settingsSet, "settings"],
  [tokensSet, "tokens"],
]);

const secretName = /passw|secret|token|communit|credential|(^|[-_])key/i;

/** Whether what has such a name may be a secret: its value is not shown. */
export function mayBeSecret(name: string): boolean {
  return secretName.test(name);
}

/**
 * Says what a change has changed, without values that are long, and without any that may be a secret.
 *
 * @param nodeName The name of a node by its id
 */
export function changeSummary(
  changes: readonly CibChange[],
  nodeName: (id: string) => string | undefined,
): ChangeSummary {
  const found = new Map<string, string[]>();
  const vms = new Set<string>();
  for (const change of changes) {
    const { tag, id, isWhole } = thingOf(change);
    const vm = tag === "primitive" ? vmNameOf(id) : undefined;
    if (vm !== undefined) vms.add(vm);
    for (const name of constrained(change.element)) vms.add(name);
    const label = vm ?? labelOf(tag, id, nodeName);
    const texts = isWhole ? [change.operation === "create" ? "added" : "removed"] : partTexts(change);
    found.set(label, [...(found.get(label) ?? []), ...texts]);
  }
  const lines = [...found].map(([label, texts]) => `${label}: ${texts.join("; ")}`);
  return { lines, vms: [...vms] };
}

/** What a change is about: the thing itself, or the one around it. */
function thingOf(change: CibChange): {
  readonly tag: string;
  readonly id: string;
  readonly isWhole: boolean;
} {
  const { element, operation } = change;
  if (operation !== "modify" && things.has(element.name)) {
    return { tag: element.name, id: element.get("id") ?? "", isWhole: true };
  }
  const around = [...change.path.matchAll(/\/([\w-]+)(?:\[@id=(?:'([^']*)'|"([^"]*)")\])?/g)];
  const last = around.findLast(([, tag = ""]) => things.has(tag)) ?? around.at(-1);
  return { tag: last?.[1] ?? "configuration", id: last?.[2] ?? last?.[3] ?? "", isWhole: false };
}

/** The VMs that a constraint names. */
function constrained(element: XmlElement): readonly string[] {
  if (!element.name.startsWith("rsc_")) return [];
  const ids = ["rsc", "with-rsc", "first", "then"].map((name) => element.get(name));
  return ids.map((id) => vmNameOf(id ?? "")).filter((name) => name !== undefined);
}

function labelOf(tag: string, id: string, nodeName: (id: string) => string | undefined): string {
  if (tag === "node") return `node ${nodeName(id) ?? id}`;
  if (tag === "cluster_property_set") return propertySets.get(id) ?? "cluster";
  return id === "" ? tag : `${tag.replace(/^rsc_/, "")} ${id}`;
}

function partTexts(change: CibChange): readonly string[] {
  const { element } = change;
  if (change.operation === "modify") {
    if (element.name === "nvpair") {
      const name = element.get("name") ?? "";
      return [pairText(name, change.before.get("value"), element.get("value"))];
    }
    return change.attributes.map(({ name, value }) => pairText(name, change.before.get(name), value));
  }
  const pairs = [...element.walk()].filter(({ name }) => name === "nvpair");
  if (pairs.length === 0) return [`${element.name} ${change.operation === "create" ? "added" : "removed"}`];
  return pairs.map((pair) => {
    const [name, value] = [pair.get("name") ?? "", pair.get("value") ?? ""];
    return change.operation === "create"
      ? pairText(name, undefined, value)
      : pairText(name, value, undefined);
  });
}

function pairText(name: string, before: string | undefined, after: string | undefined): string {
  if (after === undefined) return `${name} removed`;
  const isLong = Math.max(before?.length ?? 0, after.length) > 60;
  if (mayBeSecret(name) || isLong) return `${name} ${before === undefined ? "set" : "changed"}`;
  return before === undefined ? `${name} = ${after}` : `${name}: ${before} → ${after}`;
}
