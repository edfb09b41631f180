import type { PlacementSpec } from "../contract/spec-placement.ts";
import type { DiskSpec, SpecDefaults, VmSpec } from "../contract/vm-spec.ts";
import { macOfIpv4 } from "./guest-addresses.ts";
import type { Other } from "./placement.ts";
import { derivedMac, type ResolvedSpec } from "./resolve-spec.ts";
import { withoutInherited } from "./without-inherited.ts";

/** A specification in which something may still have to be chosen. */
type WritableSpec = ResolvedSpec | VmSpec;

/** Fields that stand first, in this order; the others follow as they are, identity last. */
const first = ["name", "description", "labels", "class", "memory", "cpu", "disks", "networks"];
const last = ["hypervisor", "uuid"];

/**
 * A specification as a person would write it: YAML with short forms, without what is derived from its UUID, its
 * addresses, its class and its zones; of the addresses a remark at the end tells. Read again for the same VM it is
 * the same specification, as long as the cluster's settings are the same.
 */
export async function specYaml(spec: WritableSpec): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(shortSpec(spec), { lineWidth: 110, blockQuote: "literal" }) + addressRemarks(spec);
}

/** The value behind `specYaml`. */
export function shortSpec(spec: WritableSpec): Readonly<Record<string, unknown>> {
  const { networks, ...own } = withoutInherited(spec, spec.inherited);
  return shortFields({
    ...own,
    networks: networks?.map(({ mac, ...network }, i) =>
      mac === ownMac(spec, i) ? network : { ...network, mac },
    ),
  });
}

/** The MAC address that a network has where it says none. */
function ownMac({ uuid, networks }: WritableSpec, index: number): string | undefined {
  const ipv4 = networks?.[index]?.ipv4;
  if (ipv4 !== undefined) return macOfIpv4(ipv4);
  return uuid === undefined ? undefined : derivedMac(uuid, index);
}

function addressRemarks({ networks = [] }: WritableSpec): string {
  const lines = networks.map(({ zone, ipv4, mac, ipv6 }, i) => {
    if (ipv4 === undefined && ipv6 === undefined) return "";
    const facts = [zone === undefined ? undefined : `zone ${zone}`, mac, ipv4, ipv6];
    return `# networks[${i}]: ${facts.filter((fact) => fact !== undefined).join(", ")}\n`;
  });
  return lines.join("");
}

/** Fields of a specification in their short forms and their usual order. */
export function shortFields(spec: SpecDefaults): Readonly<Record<string, unknown>> {
  const { memory, policies, migration, boot, placement, cpu } = spec;
  const ready = spec["ready-signal"];
  const short: Record<string, unknown> = {
    ...spec,
    labels: oneOrList(spec.labels),
    memory: memory === undefined ? undefined : sizeText(memory),
    cpu: cpu?.count !== undefined && Object.keys(cpu).length === 1 ? cpu.count : cpu,
    disks: spec.disks?.map(shortDisk),
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

/** `create: 20 GiB`, or fields with the size as text. */
function shortDisk(disk: DiskSpec): unknown {
  const { create } = disk;
  if (create === undefined) return disk;
  const size = create.size === undefined ? undefined : sizeText(create.size);
  if (Object.keys(create).join() === "size") return { ...disk, create: size };
  return { ...disk, create: size === undefined ? create : { ...create, size } };
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
