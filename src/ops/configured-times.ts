import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import { vmNameOf } from "../vm/names.ts";
import { vmAgent } from "../vm/vm-template.ts";
import type { XmlElement } from "../xml/element.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";

/** The time that an operation of a resource has. */
export interface ConfiguredTime {
  readonly resource: string;
  /** The VM's name, where it is one of Haven's. */
  readonly vm: string | undefined;
  readonly operation: string;
  readonly seconds: number;
  /** The operation's id; `op_defaults` where nothing but the defaults says it. */
  readonly object: string;
  /** Whether it stands in a set that others refer to. */
  readonly shared: boolean;
  /** Whether the node is fenced when it fails. */
  readonly fences: boolean;
}

/** Pacemaker's own default, seconds. */
const usualSeconds = 20;
/** A resource without an operation of that name has it all the same. */
const always = ["start", "stop"] as const;
const audited: ReadonlySet<string> = new Set(["start", "stop", "monitor", "migrate_to", "migrate_from"]);

/** The times of all primitives' operations, fence devices' among them. */
export function configuredTimes(cib: Cib): readonly ConfiguredTime[] {
  const usual = defaultSeconds(cib);
  const isFencing = isOn(cib.property("stonith-enabled") ?? "true");
  return cib.resources.flatMap(({ id, kind, element }) => {
    if (kind !== "primitive") return [];
    const isVm = element.get("provider") === vmAgent.provider && element.get("type") === vmAgent.type;
    const vm = isVm ? vmNameOf(id) : undefined;
    // A fence device that does not stop has nobody shot for it.
    const fences = isFencing && element.get("class") !== "stonith";
    const found = element.all("operations").flatMap((own) => timesOf(cib, own));
    const missing = always.filter((name) => !found.some(({ operation }) => operation === name));
    const rest = missing.map((operation) => ({
      ...{ operation, seconds: usual, object: "op_defaults", shared: true, onFail: undefined },
    }));
    return [...found, ...rest].map((one) => ({
      ...{ resource: id, vm, ...one, seconds: one.seconds ?? usual },
      fences: fences && (one.operation === "stop" ? (one.onFail ?? "fence") : one.onFail) === "fence",
    }));
  });
}

function timesOf(cib: Cib, own: XmlElement) {
  const reference = own.get("id-ref");
  const set = reference === undefined ? own : cib.byId(reference);
  return (set?.all("op") ?? []).flatMap((written) => {
    const op = cib.byId(written.get("id-ref") ?? "") ?? written;
    const operation = op.get("name") ?? "";
    // Of several monitors the one of the promoted role, say, is not told apart from the other.
    if (!audited.has(operation) || (operation === "monitor" && isProbe(op))) return [];
    const meta = cib.nvpairs(op, "meta_attributes");
    const seconds = pacemakerSeconds(op.get("timeout") ?? meta.get("timeout"));
    const onFail = op.get("on-fail") ?? meta.get("on-fail");
    const shared = reference !== undefined || op !== written;
    const object = seconds === undefined ? "op_defaults" : (op.get("id") ?? "");
    return [{ operation, seconds, object, shared: shared || seconds === undefined, onFail }];
  });
}

function isProbe(op: XmlElement): boolean {
  return (pacemakerSeconds(op.get("interval")) ?? 0) === 0;
}

function defaultSeconds(cib: Cib): number {
  for (const set of cib.section("op_defaults")?.all("meta_attributes") ?? []) {
    const pair = set.all("nvpair").find((one) => one.get("name") === "timeout");
    const seconds = pacemakerSeconds(pair?.get("value"));
    if (seconds !== undefined && set.child("rule") === undefined) return seconds;
  }
  return usualSeconds;
}
