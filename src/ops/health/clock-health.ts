import type { HealthCheck } from "../../contract/health-check.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import { tryThere } from "../../host/output-there.ts";

/** Clocks that differ by more are a warning, and an error: expiries, certificates and histories go by them. */
const warnMs = 1000;
const errorMs = 30_000;

/** The clock of another node, as it answered. */
export interface ClockAnswer {
  readonly name: string;
  /** By its clock, milliseconds. */
  readonly theirs: number;
  /** By the clock here: when it was asked, and when its answer had come. */
  readonly began: number;
  readonly ended: number;
}

/** How far another node's clock is from this one's at the least: what the asking itself took is taken off. */
export function clockHealth({ name, theirs, began, ended }: ClockAnswer): HealthCheck {
  const half = (ended - began) / 2;
  const offset = theirs - began - half;
  const least = Math.max(0, Math.abs(offset) - Math.abs(half));
  const about = { id: "peer.clock", subject: name };
  if (least <= warnMs) return { ...about, severity: "ok", text: "its clock and the clock here agree" };
  const seconds = (least / 1000).toFixed(1);
  return {
    ...{ ...about, severity: least < errorMs ? "warning" : "error" },
    text: `its clock is ${seconds} s ${offset > 0 ? "ahead of" : "behind"} the clock here`,
    expected: `less than ${warnMs / 1000} s`,
    next: "On both: timedatectl, or chronyc tracking",
  };
}

/** Whether something keeps this clock right; nothing where neither systemd nor chrony can be asked. */
export async function synchronisedHealth(
  host: NodeAccess,
  signal: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const ask = (argv: readonly string[]) => tryThere(host, argv, { signal, timeoutMs: 5000 });
  const [systemd, chrony] = await Promise.all([
    ask(["timedatectl", "show", "--property=NTPSynchronized", "--value"]),
    ask(["chronyc", "-n", "tracking"]),
  ]);
  const isSynchronised = synchronised(systemd, chrony);
  const about = { id: "clock" };
  if (isSynchronised === undefined) return [];
  if (isSynchronised) return [{ ...about, severity: "ok", text: "kept right by a time server" }];
  return [
    {
      ...{ ...about, severity: "warning", text: "no time server keeps this node's clock right" },
      ...{ expected: "a clock that is synchronised", next: "timedatectl set-ntp true; timedatectl" },
    },
  ];
}

type Said = { readonly code: number | null; readonly stdout: string } | undefined;

function synchronised(systemd: Said, chrony: Said): boolean | undefined {
  if (chrony?.code === 0) return /^Leap status\s*:\s*(Normal|Insert|Delete)/im.test(chrony.stdout);
  return systemd?.code === 0 ? systemd.stdout.trim() === "yes" : undefined;
}
