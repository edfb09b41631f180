import type { settingsRoutes } from "../contract/settings-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { begins } from "./begins.ts";
import { checkIfMatch, tagOf } from "./if-match.ts";
import { optionWords } from "./option-words.ts";
import { readRequest } from "./read-request.ts";
import { told } from "./told.ts";

const what = "the settings";

/** Answers what is asked of the cluster's settings, and of the API's tokens. */
export const settingsAnswers: Readonly<Record<keyof typeof settingsRoutes, ApiAnswer>> = {
  getSettings: async ({ answers }) => {
    const answer = await answers.answer("settings");
    return told(answer, { etag: tagOf(JSON.parse(answer.json)) });
  },
  putSettings: begins("putSettings", {
    what: () => ["settings", "apply"],
    async check(environment, { ifMatch }) {
      // Those that cannot be read are written over, which is how they are mended, by who says that it is all the same.
      if (ifMatch?.trim() === "*") return;
      const { settingsShow } = await import("../ops/settings-show.ts");
      checkIfMatch(ifMatch, tagOf((await settingsShow(environment)).settings), what);
    },
    async run(environment, { settings, dryRun = false }, { ifMatch }) {
      const [{ settingsShow }, { settingsApply }] = await Promise.all([
        import("../ops/settings-show.ts"),
        import("../ops/settings-apply.ts"),
      ]);
      const text = { file: "settings", text: JSON.stringify(settings, undefined, 2) };
      if (ifMatch?.trim() === "*") return await settingsApply(environment, { text, dryRun });
      const { settings: expected } = await settingsShow(environment);
      checkIfMatch(ifMatch, tagOf(expected), what);
      return await settingsApply(environment, { text, expected, dryRun });
    },
  }),
  getTokens: async ({ answers }) => told(await answers.answer("tokens")),
  // No job: its result is for who has asked alone.
  addToken: async ({ work }, call) => {
    const request = await readRequest("addToken", await call.body());
    const { name, role, expires, yes } = request;
    const { name: _name, ...options } = request;
    const added = await work.change(call, {
      ...{ what: ["token", "add", name], options: optionWords(options), agrees: yes === true },
      async run(environment) {
        const { tokenAdd } = await import("../ops/token-add.ts");
        const until = expires === undefined ? undefined : Date.parse(expires);
        return await tokenAdd(environment, { name, role, expires: until });
      },
    });
    return Response.json(added, { status: 201 });
  },
  removeToken: async ({ work }, call) => {
    const { yes } = await readRequest("removeToken", await call.body());
    const { name = "" } = call.parts;
    await work.change(call, {
      ...{ what: ["token", "remove", name], options: optionWords({ yes }), agrees: yes === true },
      async run(environment) {
        const { tokenRemove } = await import("../ops/token-remove.ts");
        await tokenRemove(environment, { name });
      },
    });
    return Response.json({ name });
  },
};
