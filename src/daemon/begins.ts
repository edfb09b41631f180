import type { ApiRequest, ApiRequestId } from "../contract/api-requests.ts";
import type { Environment } from "../ops/environment.ts";
import type { ApiAnswer, ApiCall, ApiSources } from "./api-call.ts";
import { optionWords } from "./option-words.ts";
import { readRequest } from "./read-request.ts";

/** What a route begins. */
export interface Begun<I extends ApiRequestId> {
  /** The command that it stands for, with what it acts on. */
  what(request: ApiRequest<I>, parts: ApiCall["parts"]): readonly string[];
  /** The options of that command, where they are not the request's fields. */
  options?(request: ApiRequest<I>): readonly string[];
  /** Whether what is asked is agreed to; the field `yes` unless given. */
  agrees?(request: ApiRequest<I>): boolean;
  /** The VM of which something becomes that no change of the configuration tells of. */
  reaches?(parts: ApiCall["parts"]): string;
  /** Of the jobs that say the same here only one may run. */
  readonly alone?: string;
  /** What is refused before a job is begun. */
  check?(environment: Environment, call: ApiCall): Promise<void>;
  run(environment: Environment, request: ApiRequest<I>, call: ApiCall, sources: ApiSources): Promise<unknown>;
}

/** Answers a request with the job that it has begun. */
export function begins<I extends ApiRequestId>(id: I, begun: Begun<I>): ApiAnswer {
  return async (sources, call) => {
    const { work } = sources;
    const request = await readRequest(id, await call.body());
    const { check } = begun;
    if (check !== undefined) await work.answer(call, (environment) => check(environment, call));
    const job = work.begin(call, {
      what: begun.what(request, call.parts),
      options: begun.options?.(request) ?? optionWords(request),
      agrees: begun.agrees?.(request) ?? agreed(request),
      alone: begun.alone,
      ...(begun.reaches === undefined ? {} : { reaches: begun.reaches(call.parts) }),
      run: (environment) => begun.run(environment, request, call, sources),
    });
    return Response.json(job, { status: 202, headers: { location: `/v1/jobs/${job.id}` } });
  };
}

function agreed(request: object): boolean {
  return "yes" in request && request.yes === true;
}
