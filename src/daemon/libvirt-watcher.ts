import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { connect } from "../libvirt/connect.ts";
import type { DomainEventName, DomainEvents } from "../libvirt/events.ts";
import { keepHearing } from "./keep-hearing.ts";

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
  /** It is heard from now on, or again: what has happened before was not. */
  readonly onHeard?: () => void;
  /** Default: `connect` of libvirt. */
  readonly open?: (uri: string) => Promise<Libvirt>;
}

const kinds = [
  "lifecycle",
  "reboot",
  "watchdog",
  "ioErrorReason",
  "controlError",
  "blockJob",
] as const satisfies readonly DomainEventName[];

/**
 * Hears libvirt's events of all domains on this node, and connects anew whenever libvirt has gone. What happens
 * meanwhile is not heard: Pacemaker's monitor is the second line. Returns when the signal comes.
 */
export async function watchLibvirt(options: LibvirtWatcherOptions): Promise<void> {
  const { uri, clock, log, signal, onEvent } = options;
  const open = options.open ?? ((where: string) => connect(where, { timeoutMs: 10_000, signal }));
  await keepHearing({
    ...{ clock, log, signal, firstPauseMs: 250, longestPauseMs: 5000 },
    lost: (why) => `Does not hear libvirt (${uri}): ${why}`,
    found: `Hears libvirt again (${uri})`,
    async listen(heard) {
      const libvirt = await open(uri);
      const stop = (): void => void libvirt.close();
      signal.addEventListener("abort", stop, { once: true });
      try {
        for (const name of kinds) {
          await libvirt.connectDomainEventRegisterAny(name, (event) =>
            onEvent({ name, ...event } as LibvirtEvent, libvirt),
          );
        }
        heard();
        options.onHeard?.();
        return await libvirt.closed.then(() => "the connection was closed", printError);
      } finally {
        signal.removeEventListener("abort", stop);
        await libvirt.close().catch(() => undefined);
      }
    },
  });
}
