import { HavenError } from "../base/errors.ts";

/**
 * A browser says where a request comes from: it must be from Haven's own pages. What says nothing of it is no browser.
 *
 * @throws HavenError api.csrf
 */
export function checkOwnSite({ headers }: Pick<Request, "headers">): void {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") {
    throw new HavenError("api.csrf", { why: "The request comes from another site's page" });
  }
  const origin = headers.get("origin");
  if (origin !== null && origin !== `https://${headers.get("host") ?? ""}`) {
    throw new HavenError("api.csrf", { why: "The request comes from another origin" });
  }
}
