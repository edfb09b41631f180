import { type Codec, domain, int32, string, struct, uint64, type Value } from "./codec.ts";
import { typedValues } from "./typed-params.ts";
import type { Domain, TypedValues } from "./types.ts";

/**
 * Events of domains. Each has a number to ask for it (virDomainEventID) and the number of the message that
 * brings it. All messages begin with the callback's number.
 *
 * Sources: libvirt 11.3, include/libvirt/libvirt-domain.h, src/remote/remote_protocol.x.
 */
export interface DomainEvents {
  /** `lifecycleEvent` of constants.ts with its detail. */
  readonly lifecycle: { readonly dom: Domain; readonly event: number; readonly detail: number };
  readonly reboot: { readonly dom: Domain };
  /** `watchdogAction`. */
  readonly watchdog: { readonly dom: Domain; readonly action: number };
  /** `ioErrorAction`. */
  readonly ioError: {
    readonly dom: Domain;
    readonly srcPath: string;
    readonly devAlias: string;
    readonly action: number;
  };
  /** As `ioError`, with the reason: `enospc` or an empty text. */
  readonly ioErrorReason: {
    readonly dom: Domain;
    readonly srcPath: string;
    readonly devAlias: string;
    readonly action: number;
    readonly reason: string;
  };
  /** The monitor of the domain cannot be used any more. */
  readonly controlError: { readonly dom: Domain };
  /** KiB. */
  readonly balloonChange: { readonly dom: Domain; readonly actual: number };
  readonly deviceAdded: { readonly dom: Domain; readonly devAlias: string };
  readonly deviceRemoved: { readonly dom: Domain; readonly devAlias: string };
  readonly deviceRemovalFailed: { readonly dom: Domain; readonly devAlias: string };
  /** `blockJobType` and `blockJobStatus`; the disk by its target (vda). */
  readonly blockJob: {
    readonly dom: Domain;
    readonly dst: string;
    readonly type: number;
    readonly status: number;
  };
  /** `agentState`; the guest agent came or went. */
  readonly agentLifecycle: { readonly dom: Domain; readonly state: number; readonly reason: number };
  readonly migrationIteration: { readonly dom: Domain; readonly iteration: number };
  /** The statistics of the job, as `domainGetJobStats` gives them. */
  readonly jobCompleted: { readonly dom: Domain; readonly params: TypedValues };
}

/** The name of an event. */
export type DomainEventName = keyof DomainEvents;

interface EventKind<T> {
  /** virDomainEventID. */
  readonly id: number;
  /** REMOTE_PROC_DOMAIN_EVENT_*. */
  readonly message: number;
  readonly codec: Codec<T>;
}

const deviceEvent = struct<{ dom: Domain; devAlias: string }>({ dom: domain, devAlias: string });
const domainEvent = struct<{ dom: Domain }>({ dom: domain });

/** All events that Haven hears. */
export const domainEvents: { readonly [N in DomainEventName]: EventKind<DomainEvents[N]> } = {
  lifecycle: { id: 0, message: 318, codec: struct({ dom: domain, event: int32, detail: int32 }) },
  reboot: { id: 1, message: 319, codec: domainEvent },
  watchdog: { id: 3, message: 321, codec: struct({ dom: domain, action: int32 }) },
  ioError: {
    id: 4,
    message: 322,
    codec: struct({ dom: domain, srcPath: string, devAlias: string, action: int32 }),
  },
  ioErrorReason: {
    id: 6,
    message: 324,
    codec: struct({ dom: domain, srcPath: string, devAlias: string, action: int32, reason: string }),
  },
  controlError: { id: 7, message: 325, codec: domainEvent },
  balloonChange: { id: 13, message: 331, codec: struct({ dom: domain, actual: uint64 }) },
  deviceRemoved: { id: 15, message: 333, codec: deviceEvent },
  blockJob: {
    id: 16,
    message: 339,
    codec: struct({ dom: domain, dst: string, type: int32, status: int32 }),
  },
  agentLifecycle: { id: 18, message: 348, codec: struct({ dom: domain, state: int32, reason: int32 }) },
  deviceAdded: { id: 19, message: 354, codec: deviceEvent },
  migrationIteration: { id: 20, message: 359, codec: struct({ dom: domain, iteration: int32 }) },
  jobCompleted: { id: 21, message: 363, codec: struct({ dom: domain, params: typedValues(64) }) },
  deviceRemovalFailed: { id: 22, message: 367, codec: deviceEvent },
};

/** The event that a message of that number brings. */
export const eventOfMessage: ReadonlyMap<number, DomainEventName> = new Map(
  (Object.entries(domainEvents) as [DomainEventName, EventKind<Value<Codec<unknown>>>][]).map(
    ([name, { message }]) => [message, name],
  ),
);
