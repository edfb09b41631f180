import { hostname } from "node:os";
import type { StorageList } from "../contract/storage-answer.ts";
import { listLocation } from "../host/storage/list-location.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { claimsOf, plainPath } from "../vm/vm-claims.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";

/**
 * What is in the configured storage locations, as this node sees them, and which VMs have it.
 *
 * @throws HavenError settings.invalid, pacemaker.*
 */
export async function storageList({
  pacemaker,
  signal,
}: Pick<Environment, "pacemaker" | "signal">): Promise<StorageList> {
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const { storage = [] } = await settingsInCib(cib);
  const owners = diskOwners(cib);
  const listed = await Promise.all(storage.map((path) => listLocation(path, { signal })));
  return {
    node: hostname(),
    locations: listed.map((one) => ({
      ...one,
      files: one.files.map((file) => ({ ...file, vms: [...(owners.get(plainPath(file.path)) ?? [])] })),
    })),
  };
}

function diskOwners(cib: Cib): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { name, xml } of vmsInCib(cib)) {
    for (const { kind, value } of claimsOf(xml ?? "")) {
      if (kind !== "disk" || !value.startsWith("/")) continue;
      const path = plainPath(value);
      owners.set(path, (owners.get(path) ?? new Set()).add(name));
    }
  }
  return owners;
}
