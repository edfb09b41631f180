import { z } from "zod";
import { common, name, request } from "./request-fields.ts";
import { roles } from "./role.ts";

const { yes, dryRun } = common;

/** The bodies of requests about settings and tokens. Imports zod: see request-fields.ts. */
export const settingsRequests = {
  putSettings: request({
    ...{ dryRun, yes },
    // Checked as a file of `haven settings apply` is, by the job: all that is wrong is told at once.
    settings: z
      .record(z.string(), z.unknown(), { error: "the settings" })
      .describe("All settings, as /v1/schemas/settings has them"),
  }),
  addToken: request({
    yes,
    name: name("a token's name").max(63, { error: "a token's name" }).describe("What it is called"),
    role: z.enum(roles, { error: `one of ${roles.join(", ")}` }).describe("What it may do"),
    expires: z.iso
      .datetime({ offset: true, error: "a moment as 2027-06-30T12:00:00Z" })
      .optional()
      .describe("When it ends to be valid; never unless given"),
  }),
  removeToken: request({ yes }),
} as const;
