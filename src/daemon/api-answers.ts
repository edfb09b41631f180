import { HavenError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { ApiRouteId } from "../contract/api-routes.ts";
import type { VmRequestAction } from "../contract/vm-action-request.ts";
import type { VmDetails } from "../ops/vm-show.ts";
import type { ApiStreams } from "./api-streams.ts";
import type { ClusterAnswers } from "./cluster-answers.ts";
import type { ClusterEvents } from "./cluster-events.ts";
import { eventQuestionOf } from "./event-question.ts";
import type { Jobs } from "./jobs.ts";
import type { Logins } from "./logins.ts";
import { expositionType } from "./metrics/exposition.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { openApi } from "./open-api.ts";
import { beginSession, endSession, whoAmI } from "./session-answers.ts";
import { told } from "./told.ts";
import type { VmJobs } from "./vm-jobs.ts";
import type { Caller } from "./who-calls.ts";

export interface ApiSources {
  readonly about: { readonly node: string; readonly since: string };
  readonly answers: Pick<ClusterAnswers, "answer" | "vm">;
  readonly events: Pick<ClusterEvents, "report">;
  readonly metrics: Pick<Metrics, "text" | "api">;
  readonly streams: Pick<ApiStreams, "open">;
  readonly jobs: Pick<Jobs, "list" | "get">;
  readonly vmJobs: Pick<VmJobs, "start">;
  /** The authority's certificate, PEM; undefined where there is none. */
  readonly authority: () => Promise<string | undefined>;
  readonly vmDetails: (name: string) => Promise<VmDetails>;
  readonly logins: Pick<Logins, "begin" | "end">;
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
  readonly query: URLSearchParams;
  readonly parts: Readonly<Record<string, string>>;
  readonly caller: Caller | undefined;
}

type Answer = (sources: ApiSources, call: ApiCall) => Response | Promise<Response>;

/** Answers a call of each route. A handler throws HavenError, which is answered with its status. */
export const apiAnswers: Readonly<Record<ApiRouteId, Answer>> = {
  getOpenApi: async () => Response.json(await openApi()),
  getAuthority: async ({ authority }) => {
    const certificate = await authority();
    if (certificate === undefined)
      throw new HavenError("cib.not-found", { what: "file", name: "of an authority" });
    return Response.json({ certificate });
  },
  getAbout: ({ about }) => Response.json({ version, node: about.node, since: about.since }),
  getStatus: async ({ answers }) => told(await answers.answer("status")),
  getNodes: async ({ answers }) => told(await answers.answer("nodes")),
  getVms: async ({ answers }) => told(await answers.answer("vms")),
  getVm: async ({ answers }, { parts }) => told(await answers.vm(parts.name ?? "")),
  getVmDetails: async ({ answers, vmDetails }, { parts }) => {
    const name = parts.name ?? "";
    // A name, and nothing that means several.
    await answers.vm(name);
    return Response.json(await vmDetails(name));
  },
  getSettings: async ({ answers }) => told(await answers.answer("settings")),
  getTokens: async ({ answers }) => told(await answers.answer("tokens")),
  getEvents: async ({ about, events }, { query, caller, signal }) => {
    const { filter, from } = eventQuestionOf(query, about.node);
    const withoutChanges = caller?.role !== "admin";
    return Response.json(await events.report({ filter: { ...filter, withoutChanges }, from }, signal));
  },
  getAudit: async ({ about, events }, { query, signal }) => {
    const { filter, from } = eventQuestionOf(query, about.node);
    return Response.json(await events.report({ filter: { ...filter, onlyAudit: true }, from }, signal));
  },
  getChanges: ({ streams }, { signal, caller }) =>
    streams.open(signal, {
      look: () => caller?.look() ?? Promise.resolve({ kind: "unknown" }),
      isAdmin: caller?.role === "admin",
    }),
  beginSession,
  getSession: whoAmI,
  endSession,
  getMetrics: async ({ metrics }) =>
    new Response(await metrics.text(), { headers: { "content-type": expositionType } }),
  getJobs: ({ jobs }) => Response.json(jobs.list()),
  getJob: ({ jobs }, { parts }) => Response.json(jobs.get(parts.id ?? "")),
  startVm: begin("start"),
  stopVm: begin("stop"),
  moveVm: begin("move"),
  resetVm: begin("reset"),
  pauseVm: begin("pause"),
  resumeVm: begin("resume"),
  getVmSchema: async () => {
    const { specJsonSchema } = await import("../vm/spec-json-schema.ts");
    return Response.json(await specJsonSchema());
  },
  getSettingsSchema: async () => {
    const { settingsJsonSchema } = await import("../vm/settings-json-schema.ts");
    return Response.json(await settingsJsonSchema());
  },
};

/** Begins a job that acts on the VM. */
function begin(action: VmRequestAction): Answer {
  return async ({ answers, vmJobs }, call) => {
    const name = call.parts.name ?? "";
    // A name, and nothing that means several.
    await answers.vm(name);
    const { id: request, caller } = call;
    const job = await vmJobs.start({
      action,
      name,
      body: await call.body(),
      by: { name: caller?.name ?? "", how: caller?.by ?? "token" },
      request,
    });
    return Response.json(job, { status: 202, headers: { location: `/v1/jobs/${job.id}` } });
  };
}
