import type { PlannedOutcome } from "./plan-report.ts";

interface Planned {
  readonly outcome: PlannedOutcome;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What becomes of a VM, in words that stand behind its name. */
export function outcomeWords({ outcome, from, to }: Planned): string {
  const there = to === undefined ? "" : ` on ${to}`;
  switch (outcome) {
    case "recovered":
      return `is started again${there}${from === undefined || from === to ? "" : ` (now on ${from})`}`;
    case "migrated":
      return `migrates live from ${from} to ${to}`;
    case "moved":
      return `is stopped on ${from} and started${there}`;
    case "restarted":
      return `is restarted${there}`;
    case "started":
      return `starts${there}`;
    case "down":
      return `would run nowhere${from === undefined ? "" : ` (now on ${from})`}`;
    case "waiting":
      return `would wait${from === undefined ? "" : ` (now on ${from})`}`;
  }
}
