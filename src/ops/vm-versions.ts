import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { SpecChange } from "../contract/spec-change.ts";
import { type ConfigurationStamp, configurationStamp } from "../history/configuration-stamp.ts";
import { definitionsIn, type VmDefinition } from "../history/definition.ts";
import { definitionChanges, specOf } from "../history/definition-changes.ts";
import { trueStamp } from "../history/true-stamp.ts";
import type { VersionStore, VmVersion } from "../history/version-store.ts";
import { Cib } from "../pacemaker/cib.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import type { VmDifference } from "./vm-diff.ts";

/** A version of a VM's definition, and what it changed. */
export interface ListedVersion {
  /** The configuration that brought it: its epoch, after the admin_epoch where that is not 0. */
  readonly id: string;
  /** ISO 8601; undefined where Pacemaker did not say. */
  readonly written: string | undefined;
  /** The node, the program and the user that wrote it. */
  readonly origin: string | undefined;
  readonly client: string | undefined;
  readonly user: string | undefined;
  /** `first`: the history begins with it. */
  readonly kind: "first" | "added" | "changed" | "removed";
  /** How the VM is now. */
  readonly current: boolean;
  readonly changes: readonly SpecChange[];
  /** In what the domain was changed beside its specification, in words. */
  readonly domain: readonly string[];
}

export interface VmVersions {
  readonly name: string;
  /** The newest first. */
  readonly versions: readonly ListedVersion[];
}

/** One version, whole. */
export interface ShownVersion {
  readonly name: string;
  readonly id: string;
  readonly definition: VmDefinition;
  /** The specification as a person writes it; undefined where the version has none. */
  readonly yaml: string | undefined;
}

/** The history as far as this node can know it, and the configuration that is in force. */
export interface ReadHistory {
  readonly store: VersionStore;
  readonly now: ReadonlyMap<string, VmDefinition>;
}

/** Takes in what is new, the configuration in force too. @throws HavenError history.unusable, pacemaker.* */
export async function readHistory(environment: Environment): Promise<ReadHistory> {
  const store = await environment.history();
  const cib = Cib.parse(await environment.pacemaker.queryCib({ signal: environment.signal }));
  const now = definitionsIn(cib);
  store.record(trueStamp(configurationStamp(cib), environment.clock.now(), store), now);
  return { store, now };
}

/**
 * The versions of VMs' definitions that this node knows, also of VMs that were removed.
 *
 * @throws HavenError vm.not-found for a name that the history does not have, history.unusable
 */
export async function vmVersions(
  environment: Environment,
  { names }: { readonly names: readonly string[] },
): Promise<readonly VmVersions[]> {
  const { store, now } = await readHistory(environment);
  const known = store.names().map((name) => {
    const definition = now.get(name);
    return { name, labels: (definition === undefined ? undefined : specOf(definition))?.labels ?? [] };
  });
  const begin = store.begin();
  return selectVms(known, names).map(({ name }) => ({
    name,
    versions: store
      .versions(name)
      .map((version, i, all) => listed(version, all[i - 1], i === all.length - 1, begin))
      .toReversed(),
  }));
}

function listed(
  version: VmVersion,
  before: VmVersion | undefined,
  current: boolean,
  begin: ConfigurationStamp | undefined,
): ListedVersion {
  const { id, written, origin, client, user, definition } = version;
  const changes =
    definition === undefined || before?.definition === undefined
      ? { fields: [], domain: [] }
      : definitionChanges(before.definition, definition);
  const isFirst = begin !== undefined && begin.written === written && begin.epoch === version.epoch;
  return {
    id,
    written: written === 0 ? undefined : new Date(written).toISOString(),
    origin,
    client,
    user,
    kind:
      definition === undefined
        ? "removed"
        : before?.definition !== undefined
          ? "changed"
          : isFirst
            ? "first"
            : "added",
    current,
    changes: changes.fields,
    domain: changes.domain,
  };
}

/** One version, whole. @throws HavenError vm.not-found, history.no-version, history.unusable */
export async function vmVersionShow(
  environment: Environment,
  { name, version: id }: { readonly name: string; readonly version: string },
): Promise<ShownVersion> {
  const { store } = await readHistory(environment);
  const version = findVersion(store, name, id);
  const { definition } = version;
  const spec = specOf(definition);
  return { name, id: version.id, definition, yaml: spec === undefined ? undefined : await specYaml(spec) };
}

/** In what VMs would change if they were made what they were at a version. @throws as vmVersionShow */
export async function vmDiffVersion(
  environment: Environment,
  { name, version: id }: { readonly name: string; readonly version: string },
): Promise<VmDifference> {
  const { store, now } = await readHistory(environment);
  const { definition } = findVersion(store, name, id);
  const current = now.get(name);
  const rest = { name, drift: [], pending: [] };
  if (current === undefined) return { ...rest, state: "new", changes: [] };
  const { fields, domain } = definitionChanges(current, definition);
  const same = fields.length === 0 && domain.length === 0;
  return { ...rest, state: same ? "same" : "differs", changes: fields, domain };
}

/** A version in which the VM is there. */
export type PresentVersion = VmVersion & { readonly definition: VmDefinition };

/**
 * The version of that number; without a number the last one that differs from how the VM is now.
 *
 * @throws HavenError vm.not-found, history.no-version
 */
export function findVersion(store: VersionStore, name: string, id: string | undefined): PresentVersion {
  const versions = store.versions(name);
  if (versions.length === 0) {
    throw new HavenError("vm.not-found", { name, like: nearest(name, store.names()) });
  }
  const found =
    id === undefined
      ? versions.slice(0, -1).findLast(isPresent)
      : versions.filter(isPresent).find((version) => version.id === id);
  if (found === undefined) throw new HavenError("history.no-version", { name, version: id });
  return found;
}

function isPresent(version: VmVersion): version is PresentVersion {
  return version.definition !== undefined;
}
