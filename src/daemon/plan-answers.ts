import { availableParallelism } from "node:os";
import { HavenError } from "../base/errors.ts";
import type { planRoutes } from "../contract/plan-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { eventsPastMigrations } from "./events-past-migrations.ts";
import { queryCount } from "./query-count.ts";
import { refuseUnknown } from "./refuse-unknown.ts";

/** Answers what is asked of what is not so yet. */
export const planAnswers: Readonly<Record<keyof typeof planRoutes, ApiAnswer>> = {
  planFailure: async ({ work }, call) => {
    refuseUnknown(call.query, ["node"]);
    const nodes = nodesOf(call.query);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { planFail } = await import("../ops/plan-fail.ts");
        return await planFail(environment, { nodes });
      }),
    );
  },
  planDrain: async (sources, call) => {
    const { work } = sources;
    refuseUnknown(call.query, ["node"]);
    const nodes = nodesOf(call.query);
    const past = () => eventsPastMigrations(sources, call.signal);
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
      await work.answer(call, async (environment) => {
        const { planCapacity } = await import("../ops/plan-capacity.ts");
        // The node has VMs to run: half of its processors answer who looks from elsewhere.
        const atOnce = Math.max(1, Math.floor(availableParallelism() / 2));
        return await planCapacity(environment, { losses, quick: quick === "true", atOnce });
      }),
    );
  },
  planWhy: async ({ work, events }, call) => {
    const { name = "" } = call.parts;
    refuseUnknown(call.query, []);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { planWhy } = await import("../ops/plan-why.ts");
        return await planWhy(environment, {
          name,
          events: async (vm) => {
            const filter = { vm, withoutChanges: call.caller?.role !== "admin", limit: 20 };
            return (await events.report({ filter, from: undefined }, call.signal)).events.toReversed();
          },
        });
      }),
    );
  },
};

function nodesOf(query: URLSearchParams): readonly string[] {
  const nodes = query.getAll("node");
  if (nodes.length > 0 && nodes.length <= 100) return nodes;
  throw new HavenError("usage", { what: `node: expected 1 to 100 nodes, found ${nodes.length}` });
}
