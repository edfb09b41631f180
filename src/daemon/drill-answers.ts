import type { drillRoutes } from "../contract/drill-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { begins } from "./begins.ts";

/** Answers what is asked of drills. */
export const drillAnswers: Readonly<Record<keyof typeof drillRoutes, ApiAnswer>> = {
  drillCanary: begins("drillCanary", {
    what: ({ names = [] }) => ["drill", "canary", ...names],
    options: ({ moves = true, within }) => [
      ...(moves ? [] : ["--no-moves"]),
      ...(within === undefined ? [] : ["--within", String(within)]),
    ],
    alone: "a drill is under way",
    async run(environment, { names = [], moves = true, within = null }) {
      const { drillCanary } = await import("../ops/drill-canary.ts");
      return await drillCanary(environment, { names, moves, within });
    },
  }),
};
