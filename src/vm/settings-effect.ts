import { builtInClasses } from "../contract/built-in-classes.ts";
import type { Settings } from "../contract/settings.ts";
import type { SpecChange } from "../contract/spec-change.ts";
import { defaultsFor, inheritDefaults } from "./inherit-defaults.ts";
import { insideStorage } from "./inside-storage.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { specChanges } from "./spec-changes.ts";
import { claimsOf } from "./vm-claims.ts";
import type { VmEntry } from "./vms-in-cib.ts";
import { withoutInherited } from "./without-inherited.ts";
import { outside, zoneIpv6, zoneNetworks } from "./zone-networks.ts";

/** What settings mean for the VMs that are there. */
export interface SettingsEffect {
  /** What VMs use of the settings as they were and would no longer find, a line for each: reasons to refuse them. */
  readonly missing: readonly string[];
  /** VMs that would be given other values now; they stay as they are until somebody applies them again. */
  readonly differing: readonly { readonly name: string; readonly changes: readonly SpecChange[] }[];
  /** Disks outside of the storage locations that were so before, or that nothing was said of. */
  readonly elsewhere: readonly string[];
}

/** @param before undefined where they could not be read: then everything that VMs use must be in the new ones */
export function settingsEffect(
  before: Settings | undefined,
  after: Settings,
  vms: readonly VmEntry[],
): SettingsEffect {
  const known = new Set(before === undefined ? [] : missingOf(before, vms).map(({ key }) => key));
  const missing = Map.groupBy(
    missingOf(after, vms).filter(({ key }) => !known.has(key)),
    ({ what }) => what,
  );
  const isOut = (disk: string, settings: Settings): boolean => !insideStorage(disk, settings.storage ?? []);
  const hadPlaces = (before?.storage ?? []).length > 0;
  const disks = vms.flatMap(({ name, xml = "" }) =>
    claimsOf(xml)
      .filter(({ kind, value }) => kind === "disk" && isOut(value, after))
      .map(({ value }) => ({ name, value, isLost: hadPlaces && !isOut(value, before ?? {}) })),
  );
  return {
    missing: [
      ...[...missing].map(([what, uses]) => `${what} is used by ${uses.map(({ user }) => user).join(", ")}`),
      ...disks
        .filter(({ isLost }) => isLost)
        .map(({ name, value }) => `the storage location of ${value} is used by ${name}`),
    ],
    differing: vms.flatMap(({ name, spec }) => {
      if (spec === undefined) return [];
      const changes = specChanges(spec, asOf(spec, after)).filter(({ field }) => field !== "inherited");
      return changes.length === 0 ? [] : [{ name, changes }];
    }),
    elsewhere: disks.filter(({ isLost }) => !isLost).map(({ name, value }) => `${value} of ${name}`),
  };
}

/** The specification that a VM would have if it was applied again under other settings. */
function asOf(spec: ResolvedSpec, settings: Settings): ResolvedSpec {
  const own = withoutInherited(spec, spec.inherited);
  const defaults = defaultsFor(settings, spec.class);
  // A class that is gone is told of as missing.
  if (defaults === undefined) return spec;
  const given = inheritDefaults(own, defaults).value;
  const zoned = zoneNetworks(given as ResolvedSpec, settings, new Map()).value;
  return keepChosen(zoneIpv6(zoned as ResolvedSpec, settings).value, spec);
}

/** What was chosen once stays, also beside what was inherited. */
function keepChosen(now: ResolvedSpec, { firmware, tpm, cpu }: ResolvedSpec): ResolvedSpec {
  const baseline = now.cpu?.model === "baseline" ? cpu?.baseline : undefined;
  const nvram = now.firmware?.type === "uefi" ? firmware?.nvram : undefined;
  const state = now.tpm?.enabled === true ? tpm?.state : undefined;
  return {
    ...now,
    ...(now.cpu === undefined || baseline === undefined ? {} : { cpu: { baseline, ...now.cpu } }),
    ...(now.firmware === undefined || nvram === undefined ? {} : { firmware: { nvram, ...now.firmware } }),
    ...(now.tpm === undefined || state === undefined ? {} : { tpm: { state, ...now.tpm } }),
  };
}

interface Missing {
  readonly what: string;
  readonly user: string;
  /** The same for the same lack under other settings. */
  readonly key: string;
}

function missingOf(settings: Settings, vms: readonly VmEntry[]): readonly Missing[] {
  const zones = settings.zones ?? {};
  const classes = { ...builtInClasses, ...settings.classes };
  return vms.flatMap(({ name, spec }): Missing[] => {
    const found: Missing[] = [];
    const add = (what: string, user: string): void => void found.push({ what, user, key: `${what} ${name}` });
    if (spec?.class !== undefined && !Object.hasOwn(classes, spec.class)) add(`class ${spec.class}`, name);
    const named = new Set((spec?.networks ?? []).flatMap(({ zone }) => zone ?? []));
    for (const zone of named) if (!Object.hasOwn(zones, zone)) add(`zone ${zone}`, name);
    for (const { zone = "", ipv4 } of spec?.networks ?? []) {
      const at = zones[zone];
      if (ipv4 === undefined || at === undefined || outside(ipv4, zone, at) === undefined) continue;
      add(`an address of zone ${zone} that it would no longer have, ${ipv4},`, name);
    }
    return found;
  });
}
