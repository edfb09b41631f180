import { HavenError } from "../base/errors.ts";

/** Refuses a request whose query has a parameter that is not known. @throws HavenError usage, with those that are */
export function refuseUnknown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const what = `Unknown parameter ${name.slice(0, 100)}`;
    throw new HavenError("usage", { what, hint: `Known: ${known.join(", ")}` });
  }
}
