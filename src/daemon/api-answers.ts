import { HavenError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { ApiRouteId } from "../contract/api-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { consoleAnswers } from "./console-answers.ts";
import { drillAnswers } from "./drill-answers.ts";
import { eventQuestionOf } from "./event-question.ts";
import { fenceAnswers } from "./fence-answers.ts";
import { expositionType } from "./metrics/exposition.ts";
import { nodeAnswers } from "./node-answers.ts";
import { openApi } from "./open-api.ts";
import { planAnswers } from "./plan-answers.ts";
import { planChangeAnswers } from "./plan-change-answers.ts";
import { powerAnswers } from "./power-answers.ts";
import { rawAnswers } from "./raw-answers.ts";
import { beginSession, endSession, whoAmI } from "./session-answers.ts";
import { settingsAnswers } from "./settings-answers.ts";
import { storageAnswers } from "./storage-answers.ts";
import { timeoutsAnswers } from "./timeouts-answers.ts";
import { told } from "./told.ts";
import { vmAccessAnswers } from "./vm-access-answers.ts";
import { vmAnswers } from "./vm-answers.ts";
import { vmDefinitionAnswers } from "./vm-definition-answers.ts";

/** Answers a call of each route. */
export const apiAnswers: Readonly<Record<ApiRouteId, ApiAnswer>> = {
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
  getJob: async ({ jobs, jobsElsewhere }, { parts: { id = "" }, signal }) => {
    const found = jobs.has(id) ? undefined : await jobsElsewhere.find(id, signal);
    return Response.json(found ?? jobs.get(id));
  },
  ...vmAnswers,
  ...vmDefinitionAnswers,
  ...vmAccessAnswers,
  ...consoleAnswers,
  ...nodeAnswers,
  ...drillAnswers,
  ...planAnswers,
  ...planChangeAnswers,
  ...powerAnswers,
  ...fenceAnswers,
  ...rawAnswers,
  ...settingsAnswers,
  ...storageAnswers,
  ...timeoutsAnswers,
  getVmSchema: async () => {
    const { specJsonSchema } = await import("../vm/spec-json-schema.ts");
    return Response.json(await specJsonSchema());
  },
  getSettingsSchema: async () => {
    const { settingsJsonSchema } = await import("../vm/settings-json-schema.ts");
    return Response.json(await settingsJsonSchema());
  },
};
