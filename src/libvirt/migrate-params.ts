import type { TypedParam } from "./typed-params.ts";

/**
 * Parameters of a migration, named as libvirt's VIR_MIGRATE_PARAM_* in camel case. What is left out is left to
 * libvirt. Source: include/libvirt/libvirt-domain.h.
 */
export interface MigrateParams {
  /** Where the hypervisor sends to: tcp://HOST or tcp://HOST:PORT. Chooses the migration network. */
  readonly uri?: string;
  readonly destName?: string;
  readonly destXml?: string;
  readonly persistXml?: string;
  /** MiB/s. */
  readonly bandwidth?: number;
  /** MiB/s. */
  readonly bandwidthPostcopy?: number;
  readonly graphicsUri?: string;
  /** The address the destination listens on. */
  readonly listenAddress?: string;
  /** Targets (vda) to copy, with `migrateFlag.nonSharedDisk`. */
  readonly migrateDisks?: readonly string[];
  readonly disksPort?: number;
  readonly disksUri?: string;
  /** xbzrle, mt, zlib or zstd; several may be given. */
  readonly compression?: readonly string[];
  /** Per cent of CPU time taken from the guest at first, and added each time, with `autoConverge`. */
  readonly autoConvergeInitial?: number;
  readonly autoConvergeIncrement?: number;
  readonly parallelConnections?: number;
  /** The name that the destination's certificate must have, where it is not the host of the URI. */
  readonly tlsDestination?: string;
}

type Kind = TypedParam["kind"];

const known: { readonly [K in keyof Required<MigrateParams>]: readonly [field: string, kind: Kind] } = {
  uri: ["migrate_uri", "string"],
  destName: ["destination_name", "string"],
  destXml: ["destination_xml", "string"],
  persistXml: ["persistent_xml", "string"],
  bandwidth: ["bandwidth", "ullong"],
  bandwidthPostcopy: ["bandwidth.postcopy", "ullong"],
  graphicsUri: ["graphics_uri", "string"],
  listenAddress: ["listen_address", "string"],
  migrateDisks: ["migrate_disks", "string"],
  disksPort: ["disks_port", "int"],
  disksUri: ["disks_uri", "string"],
  compression: ["compression", "string"],
  autoConvergeInitial: ["auto_converge.initial", "int"],
  autoConvergeIncrement: ["auto_converge.increment", "int"],
  parallelConnections: ["parallel.connections", "int"],
  tlsDestination: ["tls.destination", "string"],
};

/** The same parameters as they are sent. A list becomes one parameter for each of its values. */
export function migrateTypedParams(params: MigrateParams): readonly TypedParam[] {
  const result: TypedParam[] = [];
  for (const [name, [field, kind]] of Object.entries(known)) {
    const value = params[name as keyof MigrateParams];
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) result.push({ field, kind, value: one });
  }
  return result;
}
