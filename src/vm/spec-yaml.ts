import type { PlacementSpec } from "../contract/spec-placement.ts";
import type { Other } from "./placement.ts";
import { derivedMac, type ResolvedSpec } from "./resolve-spec.ts";

/** Fields that stand first, in this order; the others follow as they are, identity last. */
const first = ["name", "description", "labels", "memory", "cpu", "disks", "networks"];
const last = ["hypervisor", "uuid"];

/**
 * A specification as a person would write it: YAML with short forms, without what is derived from its UUID. Read
 * again for the same VM it is the same specification.
 */
export async function specYaml(spec: ResolvedSpec): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(shortSpec(spec), { lineWidth: 110 });
}

/** The value behind `specYaml`. */
export function shortSpec(spec: ResolvedSpec): Readonly<Record<string, unknown>> {
  const { policies, migration, boot, placement, networks } = spec;
  const ready = spec["ready-signal"];
  const short: Record<string, unknown> = {
    ...spec,
    labels: oneOrList(spec.labels),
    memory: sizeText(spec.memory),
    cpu: spec.cpu !== undefined && Object.keys(spec.cpu).length === 1 ? spec.cpu.count : spec.cpu,
    networks: networks?.map(({ mac, ...network }, i) =>
      mac === derivedMac(spec.uuid, i) ? network : { ...network, mac },
    ),
    boot: boot !== undefined && Object.keys(boot).join() === "from" ? boot.from : boot,
    placement: placement && shortPlacement(placement),
    policies: policies && withText(policies, "graceful-stop", timeText),
    migration: migration && withText(withText(migration, "timeout", timeText), "bandwidth", rateText),
    "ready-signal":
      ready === undefined || Object.keys(ready).join() === "enabled"
        ? ready?.enabled
        : withText(ready, "timeout", timeText),
  };
  const middle = Object.keys(short).filter((key) => !first.includes(key) && !last.includes(key));
  return Object.fromEntries(
    [...first, ...middle, ...last]
      .map((key) => [key, short[key]] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function oneOrList<T>(values: readonly T[] | undefined): T | readonly T[] | undefined {
  return values?.length === 1 ? values[0] : values;
}

function shortPlacement(placement: PlacementSpec): Readonly<Record<string, unknown>> {
  const entry = ({ vm, label, strength }: Other): unknown => {
    if (strength !== undefined) return { vm, label, strength };
    return vm ?? `label=${label}`;
  };
  return Object.fromEntries(
    Object.entries(placement).map(([field, values]) => [
      field,
      oneOrList<unknown>((values ?? []).map((value) => (typeof value === "string" ? value : entry(value)))),
    ]),
  );
}

function withText<T extends object>(
  fields: T,
  name: keyof T & string,
  text: (value: number) => string,
): T | (Omit<T, string> & Record<string, unknown>) {
  const value = fields[name];
  return typeof value === "number" ? { ...fields, [name]: text(value) } : fields;
}

/** `512 MiB`, `2 GiB`. */
function sizeText(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
}

/** `90 s`, `5 min`. */
function timeText(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function rateText(mebibytes: number): string {
  return `${mebibytes} MiB/s`;
}
