import type { fenceRoutes } from "../contract/fence-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { begins } from "./begins.ts";
import { optionWords } from "./option-words.ts";

/** Answers what is asked of fencing. Secrets come in and go to the nodes; no answer, job, log or event has them. */
export const fenceAnswers: Readonly<Record<keyof typeof fenceRoutes, ApiAnswer>> = {
  getFencing: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { fenceList } = await import("../ops/fence-list.ts");
        return await fenceList(environment);
      }),
    ),
  getFenceDevice: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { fenceShow } = await import("../ops/fence-list.ts");
        return await fenceShow(environment, call.parts.id ?? "");
      }),
    ),
  getFenceAgents: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { fenceAgentList } = await import("../ops/fence-agents.ts");
        return await fenceAgentList(environment);
      }),
    ),
  getFenceAgent: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { fenceAgentShow } = await import("../ops/fence-agents.ts");
        return await fenceAgentShow(environment, call.parts.kind ?? "");
      }),
    ),
  addFenceDevice: begins("addFenceDevice", {
    what: ({ kind }) => ["fence", "add", kind],
    options: ({ kind: _kind, hosts, values = {}, secrets = {}, ...rest }) => [
      ...hosts.flatMap(({ node, plugs = [] }) => [
        ...["--for", plugs.length === 0 ? node : `${node}=${plugs.join(",")}`],
      ]),
      ...Object.entries(values).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
      ...Object.keys(secrets).flatMap((name) => ["--secret", name]),
      ...optionWords(rest),
    ],
    async run(environment, { hosts, values = {}, secrets = {}, dryRun = false, force = false, ...rest }) {
      const { fenceAdd } = await import("../ops/fence-add.ts");
      const { kind, id, level, replace = false } = rest;
      return await fenceAdd(environment, {
        ...{ kind, values, secrets, id, level, replace, force, dryRun },
        hosts: hosts.map(({ node, plugs = [] }) => ({ node, plugs })),
      });
    },
  }),
  removeFenceDevice: begins("removeFenceDevice", {
    what: (_request, { id = "" }) => ["fence", "remove", id],
    async run(environment, { dryRun = false, force = false }, { parts: { id = "" } }) {
      const { fenceRemove } = await import("../ops/fence-remove.ts");
      return await fenceRemove(environment, { ids: [id], dryRun, force });
    },
  }),
  setFenceLevels: begins("setFenceLevels", {
    what: ({ levels }, { name = "" }) => [
      ...["fence", "levels", name],
      ...levels.map((devices) => devices.join("+")),
    ],
    options: ({ levels, ...rest }) => [...(levels.length === 0 ? ["--none"] : []), ...optionWords(rest)],
    async run(environment, { levels, dryRun = false }, { parts: { name = "" } }) {
      const { fenceSetLevels } = await import("../ops/fence-set-levels.ts");
      return await fenceSetLevels(environment, { node: name, levels, dryRun });
    },
  }),
  confirmFenced: begins("confirmFenced", {
    what: (_request, { name = "" }) => ["fence", "confirm", name],
    async run(environment, { confirm }, { parts: { name = "" } }) {
      const { fenceConfirm } = await import("../ops/fence-confirm.ts");
      return await fenceConfirm(environment, { node: name, typedName: () => Promise.resolve(confirm) });
    },
  }),
  // One at a time: a second one would take away what the first one asks.
  testFencing: begins("testFencing", {
    what: ({ nodes }) => ["fence", "test", ...(nodes ?? ["--all"])],
    options: () => [],
    alone: "fence test",
    async run(environment, { nodes }) {
      const { pacemaker, signal } = environment;
      const [{ fenceTest }, { selectNodes }] = await Promise.all([
        import("../ops/fence-test.ts"),
        import("../ops/select-nodes.ts"),
      ]);
      const status = await pacemaker.status({ signal, fenceHistory: "none", attributes: false });
      const names = status.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
      return await fenceTest(environment, {
        nodes: nodes === undefined ? names : selectNodes(names, nodes),
      });
    },
  }),
  testPower: begins("testPower", {
    what: (_request, { name = "" }) => ["fence", "test", name],
    options: (request) => ["--power", ...optionWords(request)],
    alone: "fence test",
    async run(environment, { confirm, device, dryRun = false }, { parts: { name = "" } }) {
      const { fencePowerTest } = await import("../ops/fence-power-test.ts");
      return await fencePowerTest(environment, {
        ...{ node: name, device, dryRun },
        typedName: () => Promise.resolve(confirm),
      });
    },
  }),
};
