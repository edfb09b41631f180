import { plainPath } from "./vm-claims.ts";

/**
 * Whether a disk is in one of the storage locations: its path is below one of them, or is one (a single device).
 * Where there are none it may be anywhere, as may be what has no path (Ceph, iSCSI).
 */
export function insideStorage(disk: string, locations: readonly string[]): boolean {
  if (locations.length === 0 || !disk.startsWith("/")) return true;
  const path = plainPath(disk);
  return locations.some((location) => {
    const folder = plainPath(location);
    return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
  });
}
