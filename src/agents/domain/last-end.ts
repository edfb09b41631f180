import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Where libvirt's QEMU driver logs what it does with each domain: NAME.log. */
const logFolder = "/var/log/libvirt/qemu";

const tailBytes = 64 * 1024;

/** How a domain's last run ended, as libvirt wrote it down. */
export interface LastEnd {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** libvirt's word: shutdown, destroyed, crashed, failed, migrated, saved, daemon, … */
  readonly reason: string;
  /** Who sent a signal to QEMU, where somebody did: the program's name, empty where QEMU could not tell. */
  readonly signalBy: string | undefined;
  /** No migration to another node was begun in this run, all of which is in the log. */
  readonly stayed: boolean;
}

const started = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+0000: starting up libvirt version: /;
/** Written before the first byte leaves: qemuMigrationSrcRun in libvirt's src/qemu/qemu_migration.c. */
const leaving = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+0000: initiating migration$/;
const ended = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+)\+0000: shutting down, reason=(\w+)$/;
const signalled = /^\S+ [^:]*: terminating on signal \d+(?: from pid \d+ \((.*)\))?$/;

/**
 * Reads the end of a domain's log (/var/log/libvirt/qemu/NAME.log). The driver writes when it starts a domain and, with
 * the reason of virDomainShutoffReason, when that has ended; QEMU itself says who sent it a signal: the daemon does
 * when the guest has powered off, since QEMU waits for that (-no-shutdown). Tried with libvirt 11.3 and QEMU 10.0
 * (docs/adr/guest-shutdown.md).
 *
 * @returns undefined while it runs, or when the log does not say
 */
export function lastEnd(log: string): LastEnd | undefined {
  let end: LastEnd | undefined;
  let signalBy: string | undefined;
  let stayed = false;
  for (const line of log.split("\n")) {
    if (started.test(line)) {
      end = undefined;
      signalBy = undefined;
      stayed = true;
      continue;
    }
    if (leaving.test(line)) stayed = false;
    const signal = signalled.exec(line);
    if (signal !== null) signalBy = (signal[1] ?? "").replace(/^.*\//, "");
    const [, day, time, reason] = ended.exec(line) ?? [];
    if (reason === undefined) continue;
    end = { at: Date.parse(`${day}T${time}Z`), reason, signalBy: undefined, stayed };
  }
  // QEMU's own line may come after the driver's.
  return end === undefined || Number.isNaN(end.at) ? undefined : { ...end, signalBy };
}

/** The same from the end of the domain's log on this node; undefined also where that cannot be read. */
export function readLastEnd(name: string, folder: string = logFolder): LastEnd | undefined {
  if (name === "" || name.includes("/")) return undefined;
  try {
    return lastEnd(tailOf(`${folder}/${name}.log`));
  } catch {
    return undefined;
  }
}

function tailOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const got = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8", 0, got);
  } finally {
    closeSync(file);
  }
}

/** True only when it is certain that the guest powered itself off: nothing of the host ended it. */
export function guestDid({ reason, signalBy }: LastEnd): boolean {
  return (
    reason === "shutdown" && (signalBy === undefined || signalBy === "libvirtd" || signalBy === "virtqemud")
  );
}
