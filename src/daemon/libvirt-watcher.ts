import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { connect } from "../libvirt/connect.ts";
import type { DomainEventName, DomainEvents } from "../libvirt/events.ts";

/** One event of libvirt, by its name. */
export type LibvirtEvent = {
  readonly [N in DomainEventName]: { readonly name: N } & DomainEvents[N];
}[DomainEventName];

export interface LibvirtWatcherOptions {
  readonly uri: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LibvirtEvent, libvirt: Libvirt) => void;
  /** Default: `connect` of libvirt. */
  readonly open?: (uri: string) => Promise<Libvirt>;
}

const heard = [
  "lifecycle",
  "reboot",
  "watchdog",
  "ioErrorReason",
  "controlError",
  "blockJob",
] as const satisfies readonly DomainEventName[];

const firstPauseMs = 250;
const longestPauseMs = 5000;

/**
 * Hears libvirt's events of all domains on this node, and connects anew whenever libvirt has gone. What happens
 * meanwhile is not heard: Pacemaker's monitor is the second line. Returns when the signal comes.
 */
export async function watchLibvirt(options: LibvirtWatcherOptions): Promise<void> {
  const { uri, clock, log, signal } = options;
  const open = options.open ?? ((where: string) => connect(where, { timeoutMs: 10_000, signal }));
  let pauseMs = firstPauseMs;
  let told = "";
  while (!signal.aborted) {
    let why: string;
    try {
      const libvirt = await open(uri);
      const stop = (): void => void libvirt.close();
      signal.addEventListener("abort", stop, { once: true });
      try {
        await listen(libvirt, options);
        if (told !== "") log.info(`Hears libvirt again (${uri})`);
        told = "";
        pauseMs = firstPauseMs;
        why = await libvirt.closed.then(() => "the connection was closed", printError);
      } finally {
        signal.removeEventListener("abort", stop);
        await libvirt.close().catch(() => undefined);
      }
    } catch (error) {
      why = printError(error);
    }
    if (signal.aborted) return;
    if (why !== told) log.warn(`Does not hear libvirt (${uri}): ${why}`);
    told = why;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

async function listen(libvirt: Libvirt, { onEvent }: LibvirtWatcherOptions): Promise<void> {
  for (const name of heard) {
    await libvirt.connectDomainEventRegisterAny(name, (event) =>
      onEvent({ name, ...event } as LibvirtEvent, libvirt),
    );
  }
}
