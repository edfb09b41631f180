import { HavenError } from "../base/errors.ts";
import type { planChangeRoutes } from "../contract/plan-change-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { pastOf } from "./past-of.ts";
import { queryCount } from "./query-count.ts";
import { queryNodes } from "./query-nodes.ts";
import { readRequest } from "./read-request.ts";
import { textsOfSpecs } from "./request-specs.ts";
import { runsForOthers } from "./runs-for-others.ts";

/** Answers what changes would do that nobody has made. */
export const planChangeAnswers: Readonly<Record<keyof typeof planChangeRoutes, ApiAnswer>> = {
  planAdd: async ({ work }, call) => {
    const { specs, count } = await readRequest("planAdd", await call.body());
    return Response.json(
      await work.answerLong(call, async (environment) => {
        const { planAdd } = await import("../ops/plan-add.ts");
        const how = count === undefined ? {} : { count };
        return await planAdd(environment, { texts: textsOfSpecs(specs), atOnce: runsForOthers(), ...how });
      }),
    );
  },
  planRemove: async ({ work }, call) => {
    const nodes = queryNodes(call.query);
    return Response.json(
      await work.answerLong(call, async (environment) => {
        const { planRemove } = await import("../ops/plan-remove.ts");
        return await planRemove(environment, { nodes, atOnce: runsForOthers() });
      }),
    );
  },
  planRebalance: async ({ work, events }, call) => {
    const bounds = { moves: { usual: 20, most: 200 }, threshold: { usual: 10, most: 100 } };
    const { moves, threshold } = queryCount(call.query, bounds);
    if (moves === 0) throw new HavenError("usage", { what: "moves: expected 1 to 200, found 0" });
    const past = pastOf(events, call);
    return Response.json(
      await work.answerLong(call, async (environment) => {
        const { planRebalance } = await import("../ops/plan-rebalance.ts");
        return await planRebalance(environment, { moves, threshold, past, atOnce: runsForOthers() });
      }),
    );
  },
};
