import type { rawRoutes } from "../contract/raw-routes.ts";
import { mayBeSecret } from "../ops/change-summary.ts";
import type { Environment } from "../ops/environment.ts";
import type { ApiAnswer } from "./api-call.ts";
import { begins } from "./begins.ts";
import { optionWords } from "./option-words.ts";

/** Answers what is asked of what Haven has not made. */
export const rawAnswers: Readonly<Record<keyof typeof rawRoutes, ApiAnswer>> = {
  getRaw: reads(async (environment) => {
    const { rawList } = await import("../ops/raw-list.ts");
    return await rawList(environment);
  }),
  getRawObject: reads(async (environment, { id = "" }) => {
    const { rawShow } = await import("../ops/raw-show.ts");
    return await rawShow(environment, id);
  }),
  getRawAgents: reads(async (environment) => {
    const { rawAgentList } = await import("../ops/raw-agents.ts");
    return await rawAgentList(environment);
  }),
  getRawAgent: reads(async (environment, { agent = "" }) => {
    const { rawAgentShow } = await import("../ops/raw-agents.ts");
    return await rawAgentShow(environment, agent);
  }),
  getRawOptions: reads(async (environment) => {
    const { rawOptions } = await import("../ops/raw-options.ts");
    return await rawOptions(environment);
  }),
  addRaw: begins("addRaw", {
    what: ({ definitions }) => ["raw", "add", ...idsIn(definitions)],
    async run(environment, { definitions, dryRun = false, force = false }) {
      const { rawAdd } = await import("../ops/raw-add.ts");
      const texts = definitions.map((one, at) => ({
        file: `definitions[${at}]`,
        text: JSON.stringify(one, undefined, 2),
      }));
      return await rawAdd(environment, { texts, dryRun, force });
    },
  }),
  removeRaw: begins("removeRaw", {
    what: (_request, { id = "" }) => ["raw", "remove", id],
    async run(environment, { dryRun = false, force = false }, { parts: { id = "" } }) {
      const { rawRemove } = await import("../ops/raw-remove.ts");
      return await rawRemove(environment, { ids: [id], dryRun, force });
    },
  }),
  cleanupRaw: begins("cleanupRaw", {
    what: (_request, { id = "" }) => ["raw", "cleanup", id],
    async run(environment, _request, { parts: { id = "" } }) {
      const { rawCleanup } = await import("../ops/raw-cleanup.ts");
      return await rawCleanup(environment, { ids: [id] });
    },
  }),
  manageRaw: begins("manageRaw", {
    what: (_request, { id = "" }) => ["raw", "manage", id],
    async run(environment, { dryRun = false, force = false }, { parts: { id = "" } }) {
      const { rawManage } = await import("../ops/raw-manage.ts");
      return await rawManage(environment, { ids: [id], managed: true, dryRun, force });
    },
  }),
  unmanageRaw: begins("unmanageRaw", {
    what: (_request, { id = "" }) => ["raw", "unmanage", id],
    async run(environment, { dryRun = false, force = false }, { parts: { id = "" } }) {
      const { rawManage } = await import("../ops/raw-manage.ts");
      return await rawManage(environment, { ids: [id], managed: false, dryRun, force });
    },
  }),
  setRawOptions: begins("setRawOptions", {
    what: ({ values }) => [
      ...["raw", "set"],
      ...Object.entries(values).map(([name, value]) =>
        mayBeSecret(name) ? `${name}=…` : `${name}=${value}`,
      ),
    ],
    options: ({ values: _values, ...rest }) => optionWords(rest),
    async run(environment, { of = "cluster", values, dryRun = false, force = false }) {
      const { rawSet } = await import("../ops/raw-set.ts");
      return await rawSet(environment, { of, values, dryRun, force });
    },
  }),
};

/** Answers with what an operation reads. */
function reads(
  read: (environment: Environment, parts: Readonly<Record<string, string>>) => Promise<unknown>,
): ApiAnswer {
  return async ({ work }, call) =>
    Response.json(await work.answer(call, (environment) => read(environment, call.parts)));
}

/** What definitions that are not checked yet call themselves, where that can be an id. */
function idsIn(definitions: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const ids = definitions.flatMap(({ id }) =>
    typeof id === "string" && /^[A-Za-z_][\w.-]{0,99}$/.test(id) ? [id] : [],
  );
  return ids.length > 5 ? [...ids.slice(0, 5), "…"] : ids;
}
