import type { StorageList, StoredFile } from "../../../src/contract/storage-answer.ts";
import { memoryText } from "../parts/memory-text.ts";

/** What of the storage is looked for. */
export type StoredUse = "iso" | "disk" | "block" | "source";

const kinds: Readonly<Record<StoredUse, readonly StoredFile["kind"][]>> = {
  iso: ["iso"],
  disk: ["image", "file"],
  block: ["block"],
  source: ["image", "file"],
};

const uses: Readonly<Record<string, StoredUse>> = {
  file: "disk",
  block: "block",
  iso: "iso",
  copy: "source",
  move: "disk",
};

/** What of the storage may stand at a place of a specification; undefined where nothing of it may. */
export function storedUseAt(path: readonly string[]): StoredUse | undefined {
  const field = path.at(-1) ?? "";
  return path[0] === "disks" && Object.hasOwn(uses, field) ? uses[field] : undefined;
}

/**
 * What there is to choose from, each with what is said of it. A disk that a VM has is no other VM's; an image may be
 * copied whoever has it, and ISO images are read only.
 */
export function storedChoices(
  storage: StorageList | undefined,
  use: StoredUse,
): readonly (readonly [string, string])[] {
  const files = (storage?.locations ?? []).flatMap((one) => one.files);
  const isFree = ({ vms }: StoredFile): boolean => vms.length === 0 || use === "iso" || use === "source";
  return files
    .filter((file) => kinds[use].includes(file.kind) && isFree(file))
    .map(({ path, kind, bytes, vms }) => {
      const facts = [
        ...(kind === "block" ? [] : [memoryText(bytes / 2 ** 20)]),
        ...(vms.length === 0 ? [] : [`of ${vms.join(", ")}`]),
      ];
      return [path, facts.length === 0 ? path : `${path} (${facts.join(", ")})`] as const;
    });
}

/** What of the storage could not be looked at, to be said beside the choices. */
export function storedProblems(storage: StorageList | undefined): readonly string[] {
  return (storage?.locations ?? []).flatMap(({ path, why, isCut }) => [
    ...(why === undefined ? [] : [`${path} could not be looked through: ${why}`]),
    ...(isCut ? [`There is more in ${path} than is listed here`] : []),
  ]);
}
