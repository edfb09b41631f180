import type { powerRoutes } from "../contract/power-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { begins } from "./begins.ts";

/** Answers what is asked of the cluster's power. */
export const powerAnswers: Readonly<Record<keyof typeof powerRoutes, ApiAnswer>> = {
  getPower: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { powerShow } = await import("../ops/power-show.ts");
        return await powerShow(environment);
      }),
    ),
  shedVms: begins("shedVms", {
    what: ({ below }) => ["power", "shed", ...(below === undefined ? ["--all"] : [])],
    async run(environment, { below, dryRun = false, force = false }) {
      const { powerShed } = await import("../ops/power-shed.ts");
      return await powerShed(environment, { below, dryRun, force });
    },
  }),
  restoreVms: begins("restoreVms", {
    what: () => ["power", "restore"],
    async run(environment, { dryRun = false, force = false }) {
      const { powerRestore } = await import("../ops/power-restore.ts");
      return await powerRestore(environment, { dryRun, force });
    },
  }),
  powerEvent: begins("powerEvent", {
    what: ({ event, ups }) => ["power", "event", event, ...(ups === undefined ? [] : [ups])],
    options: ({ dryRun }) => (dryRun === true ? ["--dry-run"] : []),
    async run(environment, { event, ups, wait, dryRun }) {
      const { powerEvent } = await import("../ops/power-event.ts");
      return await powerEvent(environment, { event, ups, waitS: wait, dryRun });
    },
  }),
};
