import type { FenceRequest } from "./guest-request.ts";
import type { FenceResult, HostAnswer } from "./host-answer.ts";

/** How many requests of a guest are remembered, and how many of them may be under way. */
const maxRemembered = 64;
const maxPending = 4;

interface Remembered {
  readonly request: FenceRequest;
  result: FenceResult | undefined;
}

/**
 * The requests to fence of one channel, by their ids: one that is repeated, since its answer was late or lost, is
 * answered again and not carried out twice.
 */
export class FenceMemory {
  readonly #requests = new Map<string, Remembered>();

  /** The answer for a request that is known, or for which there is no room; undefined for a new one. */
  recall(request: FenceRequest): HostAnswer | undefined {
    const { id } = request;
    const known = this.#requests.get(id);
    if (known !== undefined) {
      const { target, action } = known.request;
      // What was done is not what is asked for now.
      if (target !== request.target || action !== request.action) {
        return { word: "failed", id, reason: "id-was-used" };
      }
      return known.result === undefined
        ? { word: "busy", id, reason: "in-progress" }
        : { ...known.result, id };
    }
    const pending = [...this.#requests.values()].filter(({ result }) => result === undefined);
    return pending.length >= maxPending ? { word: "busy", id, reason: "too-many" } : undefined;
  }

  /** A new request is under way. */
  begin(request: FenceRequest): void {
    for (const [id, { result }] of this.#requests) {
      if (this.#requests.size < maxRemembered) break;
      if (result !== undefined) this.#requests.delete(id);
    }
    this.#requests.set(request.id, { request, result: undefined });
  }

  /** It has ended. A request that could not be begun is as one that was never made. */
  settle({ id }: FenceRequest, result: FenceResult): HostAnswer {
    const known = this.#requests.get(id);
    if (result.word === "busy") this.#requests.delete(id);
    else if (known !== undefined) known.result = result;
    return { ...result, id };
  }
}
