import type { HealthCheck } from "./health-check.ts";

/** What a node says of itself when it is looked at. */
export interface NodeChecks {
  readonly node: string;
  /** Milliseconds since 1970, by the node's own clock. */
  readonly time: number;
  /** By what it is of; left out where it is not installed. */
  readonly versions: Readonly<Record<string, string>>;
  /** Each place of the settings' `storage`. */
  readonly storage: readonly StorageCheck[];
  /** Each bridge of the settings' zones. */
  readonly networks: readonly NetworkCheck[];
  /** All that was looked at, storage and networks too; a node with an older Haven does not say. */
  readonly health?: readonly HealthCheck[];
}

export interface StorageCheck {
  readonly path: string;
  readonly ok: boolean;
  /** What is wrong; or what file system it is. */
  readonly text: string;
  /** MiB; of folders. */
  readonly free?: number;
  readonly total?: number;
  /** How long the file system took to answer. */
  readonly ms?: number;
  /** How long a block took to be written for good, and to be read again, milliseconds. */
  readonly writeMs?: number;
  readonly readMs?: number;
  /** The share of its files that could still be made, 0 to 1; where it counts them. */
  readonly inodes?: number;
  /** What is mounted there, as the kernel says: file system, source, and where. */
  readonly mount?: { readonly kind: string; readonly source: string; readonly point: string };
}

export interface NetworkCheck {
  readonly zone: string;
  readonly bridge: string;
  readonly ok: boolean;
  readonly text: string;
  readonly mtu?: number;
}
