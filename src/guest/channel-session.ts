import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { AnswerQueue, type ChannelOutput } from "./answer-queue.ts";
import { FenceMemory } from "./fence-memory.ts";
import { type FenceRequest, type GuestRequest, parseGuestRequest } from "./guest-request.ts";
import { type FenceResult, formatHostAnswer, type HostAnswer } from "./host-answer.ts";
import { LineReader } from "./line-reader.ts";
import { type Rate, TokenBucket } from "./token-bucket.ts";

/** Who is told what a guest says. Which guest that is, is known by the channel. */
export interface ChannelHandlers {
  /** The guest's services are up. It is acknowledged when this has returned, once for each id. */
  onReady(vm: string, id: string): void | Promise<void>;
  onHeartbeat(vm: string): void;
  /**
   * A guest asks for another one's end: `done` only when that is certainly dead. Asked once for each id, however
   * often the guest repeats it; whether it may is decided here too.
   */
  onFence(vm: string, request: FenceRequest): Promise<FenceResult>;
  /** The names of the VMs that it may ask to be fenced. */
  onList(vm: string): readonly string[] | Promise<readonly string[]>;
}

export interface SessionOptions {
  readonly vm: string;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  readonly handlers: ChannelHandlers;
}

/** What a guest may do; beyond it, a fence request is answered `busy` and everything else is dropped. */
const rates = {
  bytes: { burst: 64 * 1024, perSecond: 16 * 1024 },
  ready: { burst: 10, perSecond: 1 },
  heartbeat: { burst: 10, perSecond: 2 },
  list: { burst: 10, perSecond: 1 },
  fence: { burst: 4, perSecond: 0.1 },
} as const satisfies Record<"bytes" | GuestRequest["verb"], Rate>;

/** More names than fit into an answer. */
const maxListed = 256;
const complaintEveryMs = 60_000;

/** How many lines of a guest were dropped, and how many of its answers. */
export interface SessionDrops {
  readonly tooLong: number;
  readonly notText: number;
  readonly unknown: number;
  readonly tooOften: number;
  readonly answers: number;
}

/**
 * One guest's channel: takes what the guest sends, gives it answers, and tells the handlers. The guest is not
 * trusted: it may send anything, as fast as it likes, and read nothing; memory stays bounded, and nothing is thrown.
 */
export class ChannelSession {
  readonly #options: SessionOptions;
  readonly #lines = new LineReader();
  readonly #answers = new AnswerQueue();
  readonly #fences = new FenceMemory();
  readonly #buckets: Readonly<Record<keyof typeof rates, TokenBucket>>;
  #unknown = 0;
  #tooOften = 0;
  #readyId: string | undefined;
  #isReadying = false;
  #isListing = false;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #complainedOf = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    const bucket = (name: keyof typeof rates): TokenBucket => new TokenBucket(rates[name], options.clock);
    this.#buckets = {
      bytes: bucket("bytes"),
      ready: bucket("ready"),
      heartbeat: bucket("heartbeat"),
      list: bucket("list"),
      fence: bucket("fence"),
    };
  }

  /** What was dropped so far. */
  get drops(): SessionDrops {
    return {
      ...this.#lines.dropped,
      unknown: this.#unknown,
      tooOften: this.#tooOften,
      answers: this.#answers.dropped,
    };
  }

  /** How many bytes of answers wait for the guest to read. */
  get queuedBytes(): number {
    return this.#answers.bytes;
  }

  /** The channel is connected to the guest, or again; undefined: it is not any more. What was half said is void. */
  attach(output: ChannelOutput | undefined): void {
    this.#lines.reset();
    this.#answers.attach(output);
  }

  /** The output takes more. */
  drained(): void {
    this.#answers.drained();
  }

  /**
   * Takes what the guest sent.
   *
   * @returns for how many milliseconds nothing more should be read of it: it sends too much
   */
  receive(bytes: Uint8Array): number {
    this.#lines.push(bytes, (line) => this.#line(line));
    this.#complain();
    return this.#buckets.bytes.spend(bytes.length);
  }

  #line(line: string): void {
    const request = parseGuestRequest(line);
    if (request === undefined) this.#unknown += 1;
    else if (request.verb === "fence") this.#fence(request);
    else if (!this.#buckets[request.verb].take()) this.#tooOften += 1;
    else if (request.verb === "ready") void this.#ready(request.id);
    else if (request.verb === "list") void this.#list(request.id);
    else this.#heartbeat(request.id);
  }

  #answer(...answers: readonly HostAnswer[]): void {
    this.#answers.add(answers.map(formatHostAnswer).join(""));
  }

  #heartbeat(id: string): void {
    const { vm, handlers } = this.#options;
    this.#guard("heartbeat", () => handlers.onHeartbeat(vm));
    if (id !== "") this.#answer({ word: "ack", id });
  }

  async #ready(id: string): Promise<void> {
    const { vm, handlers, log } = this.#options;
    if (id === "" || id !== this.#readyId) {
      // It is repeated until it is acknowledged: one at a time is enough.
      if (this.#isReadying) return;
      this.#isReadying = true;
      try {
        await handlers.onReady(vm, id);
        this.#readyId = id;
      } catch (error) {
        log.error(`${vm} says that it is ready, which could not be noted: ${messageOf(error)}`);
        return;
      } finally {
        this.#isReadying = false;
      }
    }
    this.#answer({ word: "ack", id });
  }

  async #list(id: string): Promise<void> {
    const { vm, handlers, log } = this.#options;
    if (this.#isListing) {
      this.#answer({ word: "busy", id, reason: "in-progress" });
      return;
    }
    this.#isListing = true;
    try {
      const names = await handlers.onList(vm);
      if (names.length > maxListed) this.#answer({ word: "failed", id, reason: "too-many" });
      else
        this.#answer(...names.map((name) => ({ word: "target", id, name }) as const), { word: "done", id });
    } catch (error) {
      log.error(`${vm} asked whom it may fence: ${messageOf(error)}`);
      this.#answer({ word: "failed", id, reason: "error" });
    } finally {
      this.#isListing = false;
    }
  }

  #fence({ id, target, action }: FenceRequest): void {
    const { vm, handlers, log } = this.#options;
    const request = { id, target, action };
    const known = this.#fences.recall(request);
    if (known !== undefined) {
      this.#answer(known);
      return;
    }
    if (!this.#buckets.fence.take()) {
      this.#tooOften += 1;
      this.#answer({ word: "busy", id, reason: "rate-limit" });
      return;
    }
    this.#fences.begin(request);
    const settle = (result: FenceResult): void => this.#answer(this.#fences.settle(request, result));
    Promise.resolve()
      .then(() => handlers.onFence(vm, request))
      .then(settle, (error: unknown) => {
        log.error(`${vm} asked for ${target} to be fenced: ${messageOf(error)}`);
        settle({ word: "failed", reason: "error" });
      });
  }

  #guard(what: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error(`${what} of ${this.#options.vm} could not be noted: ${messageOf(error)}`);
    }
  }

  /** What is dropped is told, but not as often as the guest likes. */
  #complain(): void {
    const { tooLong, notText, unknown, tooOften } = this.drops;
    const sum = tooLong + notText + unknown + tooOften;
    if (sum === this.#complainedOf) return;
    const now = this.#options.clock.monotonic();
    if (now - this.#complainedAt < complaintEveryMs) return;
    this.#complainedAt = now;
    this.#complainedOf = sum;
    const parts = `${tooLong} too long, ${notText} no text, ${unknown} unknown, ${tooOften} too often`;
    this.#options.log.warn(`${this.#options.vm}: lines of its guest were dropped, so far: ${parts}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
