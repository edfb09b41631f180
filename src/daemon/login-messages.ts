import { z } from "zod";
import { roles } from "../contract/role.ts";

/**
 * What the daemon and its process for PAM say to each other. This file imports zod when it is evaluated: `await import()`
 * it for its values, import its types freely.
 */

/** One line of JSON, which the password follows, byte for byte. */
export const loginQuestion = z.strictObject({
  /** `password`: is this the user's? `account`: may who has logged in before go on? */
  ask: z.enum(["password", "account"]),
  user: z.string().min(1).max(256),
  /** The address that the user comes from. */
  address: z.string().max(64),
  service: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Where PAM looks for the service instead of the system's places; for tests. */
  directory: z.string().optional(),
});

export const loginAnswer = z.discriminatedUnion("is", [
  /** `user` is the name as PAM has it in the end; `role` null: in none of the groups. */
  z.strictObject({
    is: z.literal("valid"),
    user: z.string().min(1).max(256),
    role: z.enum(roles).nullable(),
  }),
  /** `known`: there is such a user. */
  z.strictObject({
    is: z.literal("refused"),
    at: z.enum(["password", "account"]),
    why: z.string().max(200),
    known: z.boolean(),
  }),
  /** Nothing is known, so that nobody may log in. */
  z.strictObject({ is: z.literal("unable"), why: z.string().max(300) }),
]);

export type LoginQuestion = z.infer<typeof loginQuestion>;
export type LoginAnswer = z.infer<typeof loginAnswer>;
