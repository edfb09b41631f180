import type { ApiRouteId } from "../../contract/api-routes.ts";
import type { MetricSample } from "./exposition.ts";
import { LabelledCounter } from "./labelled-counter.ts";

/** A request of the API that was answered. */
export interface AnsweredRequest {
  /** Undefined: there is no such route, or it was not looked for. */
  readonly route: ApiRouteId | undefined;
  /** Of HTTP. */
  readonly status: number;
  /** The code of the error that it was refused with for who asked. */
  readonly refusal?: string;
}

/** Counts what is asked of the API, from the daemon's start on. */
export class ApiMetrics {
  readonly #requests = new LabelledCounter("haven_api_requests_total");
  readonly #refusals = new LabelledCounter("haven_api_refusals_total");

  answered({ route, status, refusal }: AnsweredRequest): void {
    this.#requests.add({ route: route ?? "none", status: String(status) });
    if (refusal !== undefined) this.#refusals.add({ reason: refusal });
  }

  samples(): readonly MetricSample[] {
    return [...this.#requests.samples(), ...this.#refusals.samples()];
  }
}
