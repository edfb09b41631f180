import type { HavenError } from "../base/errors.ts";
import { type Procedure, procedures } from "./procedures.ts";
import type { Rpc } from "./rpc.ts";
import type { LibvirtStream } from "./stream.ts";
import type { CallOptions } from "./types.ts";

/** What all groups of calls share: the connection. */
export class BaseCalls {
  protected readonly rpc: Rpc;

  constructor(rpc: Rpc) {
    this.rpc = rpc;
  }

  /** The URI that was connected to. */
  get uri(): string {
    return this.rpc.where;
  }

  /** Resolves, never rejects, with the reason when the connection is over. */
  get closed(): Promise<HavenError> {
    return this.rpc.closed;
  }

  /** Calls that wait for their answers. */
  get inFlight(): number {
    return this.rpc.inFlight;
  }

  /**
   * Takes leave of the daemon and closes the connection: at once when calls are in flight (they are rejected
   * with `libvirt.closed`), else after its answer, for which half a second is enough. Never fails, can be
   * repeated.
   */
  async close(): Promise<void> {
    if (this.rpc.inFlight === 0) {
      await this.rpc.call(procedures.connectClose, [], { timeoutMs: 500 }).catch(() => undefined);
    }
    this.rpc.close();
  }

  /** So that `await using` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  protected call<A extends readonly unknown[], R>(
    procedure: Procedure<A, R>,
    args: NoInfer<A>,
    options?: CallOptions,
  ): Promise<R> {
    return this.rpc.call(procedure, args, options);
  }

  protected openStream<A extends readonly unknown[], R>(
    procedure: Procedure<A, R>,
    args: NoInfer<A>,
    options?: CallOptions,
  ): Promise<{ readonly result: R; readonly stream: LibvirtStream }> {
    return this.rpc.openStream(procedure, args, options);
  }
}
