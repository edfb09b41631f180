import { printError } from "../../base/errors.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { connect } from "../../libvirt/connect.ts";
import { errorCode } from "../../libvirt/constants.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import type { Domain } from "../../libvirt/types.ts";
import { type Condition, conditionOf } from "./condition.ts";
import type { Identity } from "./identity.ts";

/** What libvirt says of a domain. */
export type View =
  | {
      readonly kind: "domain";
      readonly domain: Domain;
      readonly condition: Condition;
      readonly reason: number;
    }
  /** libvirt has no domain of that UUID; perhaps another of its name. */
  | { readonly kind: "absent"; readonly namesake: Domain | undefined }
  /** libvirt does not answer, or what it answers is no answer. */
  | { readonly kind: "silent"; readonly why: string };

/** The identity with the name that libvirt has for the domain: in the configuration it may have been changed. */
export function namedAs(identity: Identity, view: View): Identity {
  return view.kind === "domain" ? { ...identity, name: view.domain.name } : identity;
}

/** A connection that is made when it is needed, and made anew when it was lost. */
export class Hypervisor {
  private connection: Libvirt | undefined;

  constructor(readonly uri: string) {}

  /** @throws what `connect` throws */
  async open(timeoutMs: number): Promise<Libvirt> {
    this.connection ??= await connect(this.uri, { timeoutMs: Math.max(1, timeoutMs), keepalive: false });
    return this.connection;
  }

  /** What libvirt says of the domain, within that time. Never throws. */
  async look(identity: Pick<Identity, "uuid" | "name">, timeoutMs: number): Promise<View> {
    const end = performance.now() + timeoutMs;
    const left = (): { timeoutMs: number } => ({ timeoutMs: Math.max(1, end - performance.now()) });
    try {
      const libvirt = await this.open(left().timeoutMs);
      try {
        const domain = await libvirt.domainLookupByUUID(identity.uuid, left());
        const { state, reason } = await libvirt.domainGetState(domain, 0, left());
        return { kind: "domain", domain, condition: conditionOf(state, reason), reason };
      } catch (error) {
        // Between the two calls it may have gone.
        if (!isLibvirtError(error, errorCode.noDomain)) throw error;
        return { kind: "absent", namesake: await namesakeOf(libvirt, identity.name, left()) };
      }
    } catch (error) {
      this.drop();
      return { kind: "silent", why: printError(error).replaceAll("\n", ";") };
    }
  }

  /**
   * Waits until libvirt has begun every request that came before. What `look` asks has workers of its own in libvirt
   * (priority high in its remote_protocol.x), and is answered while a creation still waits for a normal one;
   * domainGetInfo is normal, and the queue is in order. Never throws.
   *
   * @returns false when there is no answer in time
   */
  async passQueue(identity: Pick<Identity, "uuid" | "name">, timeoutMs: number): Promise<boolean> {
    const options = { timeoutMs: Math.max(1, timeoutMs) };
    try {
      const libvirt = await this.open(options.timeoutMs);
      await libvirt.domainGetInfo({ uuid: identity.uuid, name: identity.name, id: -1 }, options);
      return true;
    } catch (error) {
      if (isLibvirtError(error)) return true;
      this.drop();
      return false;
    }
  }

  /** Gives the connection up: it failed, or is not needed any more. */
  drop(): void {
    const { connection } = this;
    this.connection = undefined;
    // libvirt's good-bye is not waited for: nothing depends on it, and the agent's answer would.
    connection?.close().catch(() => undefined);
  }
}

async function namesakeOf(
  libvirt: Libvirt,
  name: string,
  options: { readonly timeoutMs: number },
): Promise<Domain | undefined> {
  try {
    return await libvirt.domainLookupByName(name, options);
  } catch (error) {
    if (isLibvirtError(error, errorCode.noDomain)) return undefined;
    throw error;
  }
}

/** True when libvirt gave no answer: what was asked for may have been, or still be, carried out. */
export function outcomeUnknown(error: unknown): boolean {
  return !isLibvirtError(error);
}
