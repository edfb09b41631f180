import { configValue, setConfigLines } from "./config-lines.ts";

/** What SBD reads when it starts, and Pacemaker too. */
export const sbdDefaultsPath = "/etc/default/sbd";

export interface SbdSettings {
  readonly watchdog: string;
  readonly timeoutS: number;
  /** None: diskless. */
  readonly devices: readonly string[];
  /** How long it waits at boot before the cluster starts. */
  readonly delayStartS: number;
}

/** /etc/default/sbd with these settings; whether a node may join again that was shot stays the administrator's. */
export function sbdDefaults(before: string, settings: SbdSettings): string {
  const { watchdog, timeoutS, devices, delayStartS } = settings;
  return setConfigLines(
    before,
    {
      SBD_DEVICE: `"${devices.join(";")}"`,
      SBD_PACEMAKER: "yes",
      ...(configValue(before, "SBD_STARTMODE") === undefined ? { SBD_STARTMODE: "always" } : {}),
      // One second would mean "yes" there; it is never that short.
      SBD_DELAY_START: String(delayStartS),
      SBD_WATCHDOG_DEV: watchdog,
      SBD_WATCHDOG_TIMEOUT: String(timeoutS),
    },
    "=",
  );
}
