import { StorageCalls } from "./calls-storage.ts";
import { type DomainEventName, type DomainEvents, domainEvents, eventOfMessage } from "./events.ts";
import { procedures } from "./procedures.ts";
import type { Rpc } from "./rpc.ts";
import type { CallOptions, Domain } from "./types.ts";
import { protocolError, type XdrReader } from "./xdr.ts";

/** Hears one kind of event. What it throws is reported as an uncaught exception. */
type DomainEventListener<N extends DomainEventName> = (event: DomainEvents[N]) => void;

interface Registration {
  readonly name: DomainEventName;
  readonly listener: (event: never) => void;
}

// Events may overtake the answer to their registration.
const EARLY_MAX = 1000;

/**
 * A connection to libvirt. Its methods are named as in libvirt less `vir`, so that libvirt's documentation
 * leads to them: https://libvirt.org/html/libvirt-libvirt-domain.html.
 *
 * Every method throws LibvirtError for what libvirt answered, and HavenError libvirt.timeout, libvirt.closed,
 * libvirt.protocol, interrupted or (for arguments that cannot be sent) input.invalid. A call that timed out
 * may still be carried out.
 */
export class Libvirt extends StorageCalls {
  readonly #registrations = new Map<number, Registration>();
  #registering = 0;
  #early: { readonly id: number; readonly name: DomainEventName; readonly event: unknown }[] = [];

  constructor(rpc: Rpc) {
    super(rpc);
    rpc.onMessage = (procedure, reader) => this.#message(procedure, reader);
  }

  /**
   * Asks for one kind of event and returns the number that ends it. The listener is called as the messages
   * come in; it must not block.
   *
   * @param domain undefined hears those of all domains
   */
  async connectDomainEventRegisterAny<N extends DomainEventName>(
    name: N,
    listener: DomainEventListener<N>,
    domain?: Domain,
    options?: CallOptions,
  ): Promise<number> {
    this.#registering += 1;
    try {
      return await this.rpc.call(
        procedures.connectDomainEventCallbackRegisterAny,
        [domainEvents[name].id, domain],
        { ...options, onResult: (id) => this.#registered(id, { name, listener }) },
      );
    } finally {
      this.#registering -= 1;
      if (this.#registering === 0) this.#early = [];
    }
  }

  /** Ends what `connectDomainEventRegisterAny` began; no event comes after the call. */
  async connectDomainEventDeregisterAny(callbackId: number, options?: CallOptions): Promise<void> {
    this.#registrations.delete(callbackId);
    await this.call(procedures.connectDomainEventCallbackDeregisterAny, [callbackId], options);
  }

  #registered(id: number, registration: Registration): void {
    this.#registrations.set(id, registration);
    const own = this.#early.filter((early) => early.id === id);
    this.#early = this.#early.filter((early) => early.id !== id);
    for (const { name, event } of own) this.#tell(id, name, event);
  }

  #message(procedure: number, reader: XdrReader): void {
    const name = eventOfMessage.get(procedure);
    // Kinds of events that Haven never asks for.
    if (name === undefined) return;
    const id = reader.int32();
    const event = domainEvents[name].codec.read(reader);
    if (reader.remaining > 0) throw protocolError(`${reader.remaining} bytes too many after an event`);
    if (this.#registrations.has(id)) this.#tell(id, name, event);
    else if (this.#registering > 0 && this.#early.length < EARLY_MAX) this.#early.push({ id, name, event });
  }

  #tell(id: number, name: DomainEventName, event: unknown): void {
    const registration = this.#registrations.get(id);
    if (registration === undefined || registration.name !== name) return;
    try {
      registration.listener(event as never);
    } catch (error) {
      // The listener's fault, which must not end the connection.
      reportError(error);
    }
  }
}
