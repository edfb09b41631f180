import { HavenError } from "../base/errors.ts";
import type { timeoutsRoutes } from "../contract/timeouts-routes.ts";
import type { PastEvents } from "../ops/timed-events.ts";
import type { ApiAnswer, ApiSources } from "./api-call.ts";
import { begins } from "./begins.ts";
import { optionWords } from "./option-words.ts";
import { refuseUnknown } from "./refuse-unknown.ts";

const mostNames = 1000;

/** Answers what is asked of the times of operations and of fencing. */
export const timeoutsAnswers: Readonly<Record<keyof typeof timeoutsRoutes, ApiAnswer>> = {
  getTimeouts: async ({ work, events }, call) => {
    refuseUnknown(call.query, ["of"]);
    const names = call.query.getAll("of");
    if (names.length > mostNames) {
      throw new HavenError("usage", { what: `of: expected at most ${mostNames}, found ${names.length}` });
    }
    return Response.json(
      await work.answer(call, async (environment) => {
        const { timeoutsShow } = await import("../ops/timeouts-show.ts");
        return await timeoutsShow(environment, { names, past: pastOf(events, call.signal) });
      }),
    );
  },
  applyTimeouts: (sources, call) =>
    begins("applyTimeouts", {
      what: ({ of = [] }) => ["timeouts", "apply", ...of],
      options: ({ of: _of, ...rest }) => optionWords(rest),
      async run(environment, { of: names = [], shorten = false, dryRun = false }) {
        const { timeoutsApply } = await import("../ops/timeouts-apply.ts");
        const past = pastOf(sources.events, environment.signal);
        return await timeoutsApply(environment, { names, past, shorten, dryRun });
      },
    })(sources, call),
};

function pastOf(events: ApiSources["events"], signal: AbortSignal): PastEvents {
  return async () => {
    const { timedEvents } = await import("../ops/timed-events.ts");
    return await timedEvents((filter) => events.report({ filter, from: undefined }, signal));
  };
}
