import type { nodeRoutes } from "../contract/node-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { begins } from "./begins.ts";
import { pastOf } from "./past-of.ts";
import { refuseUnknown } from "./refuse-unknown.ts";

/** Answers what is asked of nodes, and of the cluster as a whole. */
export const nodeAnswers: Readonly<Record<keyof typeof nodeRoutes, ApiAnswer>> = {
  standbyNode: begins("standbyNode", {
    what: (_request, { name = "" }) => ["node", "standby", name],
    async run(environment, { dryRun = false, force = false }, { parts: { name = "" } }) {
      const { nodeStandby } = await import("../ops/node-standby.ts");
      return await nodeStandby(environment, { nodes: [name], dryRun, force });
    },
  }),
  onlineNode: begins("onlineNode", {
    what: (_request, { name = "" }) => ["node", "online", name],
    async run(environment, { dryRun = false, force = false }, { parts: { name = "" } }) {
      const { nodeOnline } = await import("../ops/node-standby.ts");
      return await nodeOnline(environment, { nodes: [name], dryRun, force });
    },
  }),
  drainNode: begins("drainNode", {
    what: (_request, { name = "" }) => ["node", "drain", name],
    async run(environment, { dryRun = false, force = false }, { parts: { name = "" } }, sources) {
      const { nodeDrain } = await import("../ops/node-drain.ts");
      const past = pastOf(sources.events, environment);
      return await nodeDrain(environment, { nodes: [name], dryRun, force, past });
    },
  }),
  resumeNode: begins("resumeNode", {
    what: (_request, { name = "" }) => ["node", "resume", name],
    async run(environment, request, { parts: { name = "" } }, sources) {
      const { nodeResume } = await import("../ops/node-resume.ts");
      const { dryRun = false, force = false, leave = false } = request;
      const past = pastOf(sources.events, environment);
      return await nodeResume(environment, { nodes: [name], dryRun, force, leave, past });
    },
  }),
  setMaintenance: begins("setMaintenance", {
    what: ({ on }) => ["cluster", "maintenance", on ? "on" : "off"],
    options: ({ nodes = [] }) => nodes.flatMap((node) => ["--node", node]),
    async run(environment, { on, nodes = [], dryRun = false }) {
      const { clusterMaintenance } = await import("../ops/cluster-maintenance.ts");
      return await clusterMaintenance(environment, { on, nodes, dryRun });
    },
  }),
  checkNode: async ({ work, checksElsewhere }, call) => {
    const own = () =>
      work.answer(call, async (environment) => {
        const { nodeChecks } = await import("../ops/node-checks.ts");
        return await nodeChecks(environment, { hello: (node, until) => checksElsewhere.hello(node, until) });
      });
    return Response.json(await checksElsewhere.of(call.parts.name ?? "", own, call.signal));
  },
  checkHealth: async ({ work, checksElsewhere, about }, call) => {
    refuseUnknown(call.query, ["node"]);
    const nodes = call.query.getAll("node");
    const hello = (node: string, until: AbortSignal) => checksElsewhere.hello(node, until);
    const report = await work.answer(call, async (environment) => {
      const { nodeChecks } = await import("../ops/node-checks.ts");
      const { clusterHealth } = await import("../ops/health/cluster-health.ts");
      return await clusterHealth(environment, {
        ...{ nodes, node: about.node, members: await checksElsewhere.names() },
        of: (name, signal) =>
          checksElsewhere.of(name, () => nodeChecks({ ...environment, signal }, { hello }), signal),
      });
    });
    return Response.json(report);
  },
  verifyCluster: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { clusterVerify } = await import("../ops/cluster-verify.ts");
        return await clusterVerify(environment);
      }),
    ),
};
