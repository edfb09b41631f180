import type { InstallSpec } from "../contract/spec-install.ts";
import type { ImageFacts } from "../host/storage/image-facts.ts";

/** Something that is to be made for a VM before the cluster gets it: data, without anything done yet. */
interface MakingBase {
  /** The VM's name. */
  readonly vm: string;
  /** The field of its specification: ["disks", 0, "create"]. */
  readonly field: readonly PropertyKey[];
  /** Where it will be. */
  readonly target: string;
  /** Bytes that it takes from its storage at once. */
  readonly bytes: number;
}

/** An image that something is copied or moved from. */
export interface MakingSource {
  readonly path: string;
  readonly facts: ImageFacts;
  /** It is not to be there any more afterwards. */
  readonly moved: boolean;
}

/** A disk image in a file. */
export interface FileMaking extends MakingBase {
  readonly kind: "file";
  readonly format: "raw" | "qcow2";
  readonly source?: MakingSource;
  /** The disk's size; undefined: its source's. */
  readonly size?: number;
  readonly preallocation?: string | undefined;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: number;
}

/** A logical volume. */
export interface VolumeMaking extends MakingBase {
  readonly kind: "volume";
  readonly group: string;
  /** Bytes that the group has left. */
  readonly groupFree: number;
  readonly volume: string;
  readonly source?: MakingSource;
}

/** The seed of a cloud image. */
export interface SeedMaking extends MakingBase {
  readonly kind: "seed";
  readonly files: Readonly<Record<string, string>>;
  /** There is one already, of another content. */
  readonly replaces: boolean;
}

/** What an installer is booted from, once. */
export interface InstallMaking extends MakingBase {
  readonly kind: "install";
  readonly install: InstallSpec;
}

export type Making = FileMaking | VolumeMaking | SeedMaking | InstallMaking;

/** What is going to be made, in a line for who has to say yes. */
export function makingText(making: Making): string {
  const { vm, target } = making;
  switch (making.kind) {
    case "seed":
      return `${vm}: ${target} is ${making.replaces ? "written anew" : "made"}, what the guest learns when it boots first`;
    case "install":
      return `${vm}: ${target} is made, from which the installer boots once`;
    case "file":
    case "volume": {
      const { source } = making;
      const size = sizeText(
        making.kind === "file" ? (making.size ?? source?.facts.virtualBytes ?? 0) : making.bytes,
      );
      if (source === undefined) return `${vm}: ${target} is made, empty, ${size}`;
      const converted =
        making.kind === "file" && making.format !== source.facts.format
          ? ` and converted from ${source.facts.format}`
          : "";
      return `${vm}: ${target} is ${source.moved ? "moved" : "copied"} from ${source.path}${converted}, ${size}`;
    }
  }
}

/** `20 GiB`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
