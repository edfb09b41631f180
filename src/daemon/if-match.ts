import { createHash } from "node:crypto";
import { HavenError } from "../base/errors.ts";

/** The entity tag of something that is changed with `If-Match`. It is of what it says, on whichever node. */
export function tagOf(value: unknown): string {
  return `"${createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32)}"`;
}

/**
 * Checks the header `If-Match` of a request: nobody writes over what he has not seen.
 *
 * @param tag What it is now
 * @throws HavenError api.if-match where there is none, api.changed where it names another state
 */
export function checkIfMatch(header: string | undefined, tag: string, what: string): void {
  if (header === undefined) throw new HavenError("api.if-match", { what });
  const wanted = header.split(",").map((one) => one.trim());
  if (!wanted.includes("*") && !wanted.includes(tag)) throw new HavenError("api.changed", { what });
}
