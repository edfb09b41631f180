import { z } from "zod";
import { sessionKinds } from "./session.ts";

/**
 * What the API is sent to log in. This file imports zod when it is evaluated: `await import()` it for its values.
 */

/** What PAM takes (PAM_MAX_RESP_SIZE), less the closing zero. */
const mostPasswordBytes = 511;

/** A user's name: no control character, and nothing that has a meaning in /etc/passwd or in a path. */
const user = z
  .string({ error: "a user's name" })
  .regex(/^[^\p{C}\s:/+-][^\p{C}\s:/]{0,255}$/u, { error: "a user's name" })
  .describe("The user's name");

const password = z
  .string({ error: "a password" })
  .min(1, { error: "a password" })
  .refine((text) => !text.includes("\0") && new TextEncoder().encode(text).length <= mostPasswordBytes, {
    error: "a password",
  })
  .describe("The user's password");

export const loginRequest = z.strictObject(
  {
    user,
    password,
    kind: z
      .enum(sessionKinds, { error: sessionKinds.join(" or ") })
      .default("cookie")
      .describe("cookie: for browsers; bearer: shown as a token is"),
  },
  { error: "an object" },
);
