import type { BlameFacts } from "../contract/blame-report.ts";
import type { BlameQuestion } from "../ops/blame-inputs.ts";
import type { ApiStreams } from "./api-streams.ts";
import type { ApiWork } from "./api-work.ts";
import type { ChecksElsewhere } from "./checks-elsewhere.ts";
import type { ClusterAnswers } from "./cluster-answers.ts";
import type { ClusterEvents } from "./cluster-events.ts";
import type { Consoles } from "./consoles.ts";
import type { Jobs } from "./jobs.ts";
import type { JobsElsewhere } from "./jobs-elsewhere.ts";
import type { Logins } from "./logins.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Uploads } from "./uploads.ts";
import type { WebSocketEnd } from "./web-socket-end.ts";
import type { Caller } from "./who-calls.ts";

export interface ApiSources {
  readonly about: { readonly node: string; readonly since: string };
  readonly answers: Pick<ClusterAnswers, "answer" | "vm">;
  readonly events: Pick<ClusterEvents, "report">;
  readonly metrics: Pick<Metrics, "text" | "api">;
  readonly streams: Pick<ApiStreams, "open">;
  readonly jobs: Pick<Jobs, "list" | "get" | "has">;
  readonly jobsElsewhere: Pick<JobsElsewhere, "find">;
  readonly checksElsewhere: Pick<ChecksElsewhere, "of" | "hello" | "names">;
  /** What only other nodes' daemons can say. */
  readonly elsewhere: {
    nodes(): Promise<readonly string[]>;
    blame(node: string, question: BlameQuestion, signal: AbortSignal): Promise<BlameFacts | undefined>;
  };
  readonly work: Pick<ApiWork, "begin" | "answer" | "answerLong" | "change">;
  /** The authority's certificate, PEM; undefined where there is none. */
  readonly authority: () => Promise<string | undefined>;
  readonly logins: Pick<Logins, "begin" | "end">;
  readonly consoles: Pick<Consoles, "open" | "forget">;
  readonly uploads: Pick<Uploads, "open" | "forget">;
}

/** A request whose caller may make it. */
export interface ApiCall {
  /** The `request-id` of its answer. */
  readonly id: string;
  /** Where it comes from. */
  readonly address: string;
  readonly headers: Headers;
  /** The JSON of its body, an empty object where there is none. @throws HavenError input.invalid */
  body(): Promise<unknown>;
  readonly signal: AbortSignal;
  /** Makes the connection a WebSocket. @throws HavenError where it is no handshake of one, or of another site's page */
  upgrade(end: WebSocketEnd): void;
  /** The header `If-Match`. */
  readonly ifMatch: string | undefined;
  readonly query: URLSearchParams;
  readonly parts: Readonly<Record<string, string>>;
  readonly caller: Caller | undefined;
}

/** Answers a call of a route. It throws HavenError, which is answered with its status. */
export type ApiAnswer = (sources: ApiSources, call: ApiCall) => Response | Promise<Response>;
