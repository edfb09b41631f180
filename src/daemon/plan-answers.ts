import { HavenError } from "../base/errors.ts";
import type { ClusterEvent } from "../contract/event.ts";
import type { planRoutes } from "../contract/plan-routes.ts";
import type { EventFilter } from "../history/event-store.ts";
import type { ApiAnswer, ApiCall, ApiSources } from "./api-call.ts";
import { pastOf } from "./past-of.ts";
import { queryCount } from "./query-count.ts";
import { queryNodes } from "./query-nodes.ts";
import { refuseUnknown } from "./refuse-unknown.ts";
import { runsForOthers } from "./runs-for-others.ts";

/** Answers what is asked of what is not so yet. */
export const planAnswers: Readonly<Record<keyof typeof planRoutes, ApiAnswer>> = {
  planFailure: async ({ work }, call) => {
    const nodes = queryNodes(call.query);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { planFail } = await import("../ops/plan-fail.ts");
        return await planFail(environment, { nodes });
      }),
    );
  },
  planDrain: async ({ work, events }, call) => {
    const nodes = queryNodes(call.query);
    const past = pastOf(events, call);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { planDrain } = await import("../ops/plan-drain.ts");
        return await planDrain(environment, { nodes, past });
      }),
    );
  },
  planCapacity: async ({ work }, call) => {
    const quick = call.query.get("quick") ?? "false";
    if (quick !== "true" && quick !== "false") {
      throw new HavenError("usage", { what: `quick: expected true or false, found ${quick.slice(0, 100)}` });
    }
    const query = new URLSearchParams(call.query);
    query.delete("quick");
    const { losses } = queryCount(query, { losses: { usual: 1, most: 3 } });
    if (losses === 0) throw new HavenError("usage", { what: "losses: expected 1, 2 or 3, found 0" });
    return Response.json(
      await work.answerLong(call, async (environment) => {
        const { planCapacity } = await import("../ops/plan-capacity.ts");
        return await planCapacity(environment, { losses, quick: quick === "true", atOnce: runsForOthers() });
      }),
    );
  },
  planWhy: async ({ work, events }, call) => {
    const { name = "" } = call.parts;
    refuseUnknown(call.query, []);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { planWhy } = await import("../ops/plan-why.ts");
        return await planWhy(environment, { name, events: (vm) => lastOf(events, call, { vm, limit: 20 }) });
      }),
    );
  },
  getBlame: async ({ about, work, events, elsewhere }, call) => {
    refuseUnknown(call.query, ["transition", "at", "from"]);
    const [transition, at] = [numberOf(call.query, "transition"), numberOf(call.query, "at")];
    const from = call.query.get("from") ?? undefined;
    return Response.json(
      await work.answer(call, async (environment) => {
        const { blame } = await import("../ops/blame.ts");
        return await blame(
          environment,
          { transition, at, from },
          {
            ...{ node: about.node, nodes: () => elsewhere.nodes() },
            ask: (node, question) => elsewhere.blame(node, question, call.signal),
            events: async (filter) => (await lastOf(events, call, filter)).toReversed(),
          },
        );
      }),
    );
  },
  planWhyNode: async ({ work, events }, call) => {
    const { name = "" } = call.parts;
    refuseUnknown(call.query, []);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { planWhyNode } = await import("../ops/plan-why-node.ts");
        return await planWhyNode(environment, {
          ...{ name, events: (node) => lastOf(events, call, { node, limit: 200 }) },
        });
      }),
    );
  },
};

/** What happened, the latest first; what people do is for administrators. */
async function lastOf(
  events: ApiSources["events"],
  { caller, signal }: ApiCall,
  filter: EventFilter,
): Promise<readonly ClusterEvent[]> {
  const withoutChanges = caller?.role !== "admin";
  const report = await events.report({ filter: { ...filter, withoutChanges }, from: undefined }, signal);
  return report.events.toReversed();
}

/** @throws HavenError usage for what is no whole number */
function numberOf(query: URLSearchParams, name: string): number | undefined {
  const said = query.get(name);
  if (said === null || /^\d{1,15}$/.test(said)) return said === null ? undefined : Number(said);
  throw new HavenError("usage", { what: `${name}: expected a whole number, found ${said.slice(0, 100)}` });
}
