import type { StorageList, StoredFile } from "../contract/storage-answer.ts";
import { type Cell, table } from "./table.ts";

const kinds: Readonly<Record<StoredFile["kind"], string>> = {
  iso: "ISO image",
  image: "image",
  file: "file",
  block: "volume",
};

/** What is in the storage locations, for a person. */
export function storageLines({ locations }: StorageList, color: boolean): readonly string[] {
  if (locations.length === 0)
    return ["No storage is configured. Name where disks may be: haven settings edit"];
  const notes = locations.flatMap(({ path, why, isCut }) => [
    ...(why === undefined ? [] : [`${path} could not be looked through: ${why}`]),
    ...(isCut ? [`There is more in ${path} than is listed`] : []),
  ]);
  const rows = locations.flatMap(({ files }) =>
    files.map(({ path, kind, bytes, vms }): readonly (string | Cell)[] => [
      path,
      kinds[kind],
      kind === "block" ? "-" : bytesText(bytes),
      vms.length === 0 ? "-" : vms.join(","),
    ]),
  );
  const free = locations.flatMap(({ path, free: bytes }) =>
    bytes === undefined ? [] : [`${path}: ${bytesText(bytes)} free`],
  );
  const list = rows.length === 0 ? ["Nothing is there"] : table(["PATH", "KIND", "SIZE", "VM"], rows, color);
  return [...list, ...free, ...notes];
}

function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${at === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[at]}`;
}
