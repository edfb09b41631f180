import { HavenError } from "../base/errors.ts";
import type { Procedure } from "./procedures.ts";

/** A call that waits for its answer. */
export interface PendingCall {
  readonly procedure: Procedure<readonly never[], unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  /** Runs before anything else of the same chunk is looked at. */
  readonly onResult: ((value: never) => void) | undefined;
}

/** The calls in flight by serial, with one timer for all their deadlines. */
export class PendingCalls {
  readonly #where: string;
  readonly #calls = new Map<number, PendingCall>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param where the URI, for messages */
  constructor(where: string) {
    this.#where = where;
  }

  get size(): number {
    return this.#calls.size;
  }

  has(serial: number): boolean {
    return this.#calls.has(serial);
  }

  add(serial: number, call: PendingCall): void {
    this.#calls.set(serial, call);
    if (call.deadline < this.#timerAt) this.#arm(call.deadline);
  }

  /** Takes a call out; its timeout and its signal do not concern it any more. */
  take(serial: number): PendingCall | undefined {
    const call = this.#calls.get(serial);
    if (call === undefined) return undefined;
    this.#calls.delete(serial);
    if (call.onAbort !== undefined) call.signal?.removeEventListener("abort", call.onAbort);
    return call;
  }

  /** Rejects all and forgets the timer. */
  rejectAll(error: HavenError): void {
    clearTimeout(this.#timer);
    for (const serial of [...this.#calls.keys()]) this.take(serial)?.reject(error);
  }

  /** The error for a call that was not answered in time. */
  timeoutError(call: string, timeoutMs: number): HavenError {
    return new HavenError("libvirt.timeout", {
      where: this.#where,
      call,
      seconds: Math.round(timeoutMs) / 1000,
    });
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(
      () => {
        // When this process itself was stopped, answers wait in the socket: they are read first.
        this.#timer = setTimeout(() => this.#expire(), 1);
      },
      Math.min(deadline - performance.now(), 0x7fffffff),
    );
  }

  #expire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [serial, { deadline, procedure, timeoutMs }] of this.#calls) {
      if (deadline > now) next = Math.min(next, deadline);
      else this.take(serial)?.reject(this.timeoutError(procedure.name, timeoutMs));
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
