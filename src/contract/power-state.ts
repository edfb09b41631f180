/**
 * How the cluster's power is, as the CIB remembers it from one call of NUT's to the next: it outlives daemons and nodes.
 * Times are milliseconds since 1970.
 */
export interface PowerState {
  /** UPSes that are on battery, by their names in the settings: since when, and whether the battery is low. */
  readonly ups: Readonly<Record<string, { readonly since: number; readonly low?: true }>>;
  /** The time (`after`, in seconds) of the last step that was carried out. */
  readonly done?: number;
  /** All VMs were shut down. */
  readonly all?: true;
  /** Since when the power is back, where VMs wait to be started again. */
  readonly back?: number;
}

/** What `haven power event` is told. */
export const powerEvents = ["onbatt", "online", "lowbatt", "due"] as const;

export type PowerEvent = (typeof powerEvents)[number];

/** Why a VM was shut down: it runs again with the power, or when a person says so. */
export type ShedBy = "ups" | "person";

/** What `haven power show --json` prints. Times are ISO 8601. */
export interface PowerReport {
  /** Whether the settings say what is to be done. */
  readonly configured: boolean;
  /** Whether too few UPSes are on line. */
  readonly failed: boolean;
  /** Since when; where the power is back and VMs wait for it to stay, `back`. */
  readonly since?: string;
  readonly back?: string;
  /** Those of the settings; of one that nobody has told anything of it is taken that it is on line. */
  readonly ups: readonly {
    readonly name: string;
    readonly state: "online" | "on-battery" | "low-battery";
    readonly since?: string;
  }[];
  readonly steps: readonly {
    readonly after: number;
    /** Priority; all VMs where it is left out. */
    readonly below?: number;
    readonly done: boolean;
    readonly at?: string;
  }[];
  /** What happens next, where nothing else does. */
  readonly next?: { readonly at: string; readonly what: string };
  /** VMs that were shut down, and are to run again. */
  readonly shed: readonly { readonly name: string; readonly priority: number; readonly by: ShedBy }[];
}
