import { z } from "zod";

/**
 * What the API is sent to act on a VM. This file imports zod when it is evaluated: `await import()` it for its values,
 * import its types freely.
 */

const flag = (text: string) => z.boolean({ error: "true or false" }).optional().describe(text);
const yes = flag(
  "Answer yes where more would happen than what was asked for; without it the job fails and says what",
);
const dryRun = flag("Say what would happen, change nothing");
const force = flag("Also where another VM that runs would be stopped, restarted or moved by it");
const request = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape, { error: "an object" });

/** The body of a request for each action; an empty body is an empty object. */
export const vmActionRequests = {
  start: request({ dryRun, force, yes }),
  stop: request({
    ...{ dryRun, yes },
    force: flag("Do not ask the guest, end it as if its power was cut; also where another VM is hit"),
  }),
  move: request({
    ...{ dryRun, force, yes },
    to: z
      .string({ error: "the name of a node" })
      .min(1, { error: "the name of a node" })
      .max(253, { error: "the name of a node" })
      .optional()
      .describe("The node to move to; the best one unless given"),
  }),
  reset: request({ yes }),
  pause: request({ yes }),
  resume: request({ yes }),
} as const;

export type VmRequestAction = keyof typeof vmActionRequests;

/** What any of them may say. */
export interface VmActionRequest {
  readonly dryRun?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly to?: string | undefined;
}
