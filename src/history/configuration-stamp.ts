import type { Cib } from "../pacemaker/cib.ts";

/** Which version of the cluster's configuration something is of, and who wrote that, as Pacemaker noted it. */
export interface ConfigurationStamp {
  readonly adminEpoch: number;
  readonly epoch: number;
  /** Milliseconds since 1970, whole seconds; 0 where it is not known. */
  readonly written: number;
  /** The node it was written on. */
  readonly origin?: string | undefined;
  /** The program: cibadmin, crm_resource, … */
  readonly client?: string | undefined;
  readonly user?: string | undefined;
}

/** What a CIB says of itself (attributes cib-last-written, update-origin, update-client, update-user of its root). */
export function configurationStamp(cib: Cib): ConfigurationStamp {
  const { adminEpoch, epoch } = cib.version;
  const text = (name: string): string | undefined => cib.root.get(name) || undefined;
  // Pacemaker writes the local time of that node, without its zone ("Fri Nov 27 15:14:52 2026"): see `trueStamp`.
  const written = Date.parse(text("cib-last-written") ?? "");
  return {
    adminEpoch,
    epoch,
    written: Number.isNaN(written) ? 0 : written,
    origin: text("update-origin"),
    client: text("update-client"),
    user: text("update-user"),
  };
}
