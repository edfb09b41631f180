import type { HealthCheck } from "../../contract/health-check.ts";
import type { StorageCheck } from "../../contract/node-checks.ts";
import { parseMounts } from "../../host/mounts.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import { storageHealth } from "./storage-health.ts";
import { type StorageProbeOptions, storageProbe } from "./storage-probe.ts";

/** Looks at each place of VMs' disks, all at once. @throws HavenError interrupted */
export async function allStorageHealth(
  places: readonly string[],
  options: StorageProbeOptions & { readonly host: Pick<NodeAccess, "readFile"> },
): Promise<{ readonly storage: readonly StorageCheck[]; readonly health: readonly HealthCheck[] }> {
  const read = async (path: string) => (await options.host.readFile(path).catch(() => undefined)) ?? "";
  const [answers, mountinfo, fstab] = await Promise.all([
    Promise.all(places.map((place) => storageProbe(place, options))),
    read("/proc/self/mountinfo"),
    read("/etc/fstab"),
  ]);
  const mounts = parseMounts(mountinfo);
  const found = places.map((place, at) => storageHealth(place, answers[at] ?? {}, { mounts, fstab }));
  return { storage: found.map(({ storage }) => storage), health: found.flatMap(({ health }) => health) };
}
