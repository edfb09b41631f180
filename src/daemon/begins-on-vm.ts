import type { ApiRequestId } from "../contract/api-requests.ts";
import type { ApiAnswer } from "./api-call.ts";
import { type Begun, begins } from "./begins.ts";

/** Answers a request about a VM that there is, a name and nothing that means several, with the job that it has begun. */
export function beginsOnVm<I extends ApiRequestId>(id: I, begun: Begun<I>): ApiAnswer {
  const answer = begins(id, begun);
  return async (sources, call) => {
    await sources.answers.vm(call.parts.name ?? "");
    return await answer(sources, call);
  };
}
