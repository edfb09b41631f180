import { HavenError, isHavenError } from "../../base/errors.ts";
import type { CommandCall } from "../command.ts";
import { localTime } from "../local-time.ts";
import { clientOf } from "./remote-cluster.ts";
import { type SavedCluster, SavedClusters } from "./saved-clusters.ts";

/** Ends the session with a cluster, and forgets it; its authority is remembered. @throws HavenError remote.login, remote.file */
export async function runLogout(
  { global, terminal, signal }: Pick<CommandCall, "global" | "terminal" | "signal">,
  where: string | undefined,
): Promise<void> {
  const saved = new SavedClusters();
  const cluster = where === undefined ? onlyOne(saved) : saved.find(where);
  if (cluster?.session === undefined) {
    throw new HavenError("remote.login", { name: where ?? "URL", why: "Nobody is logged in there" });
  }
  const { name, session } = cluster;
  const ended = await clientOf(cluster, signal)
    .ask("/v1/session", { method: "DELETE" })
    .catch((error: unknown) => {
      // One that is not known there has ended already.
      if (isHavenError(error, "api.session")) return {};
      if (isHavenError(error, "interrupted")) throw error;
      return isHavenError(error) ? error : Promise.reject(error);
    });
  saved.save({ ...cluster, session: undefined });
  if (global.json) terminal.out(JSON.stringify({ name, user: session.user }));
  else if (!global.quiet) terminal.out(`${session.user} is logged out of ${name}`);
  if (ended instanceof HavenError) {
    const until = localTime(new Date(session.expires));
    terminal.err(
      `${name} could not be told (${ended.message}): it goes on to know the session until ${until}`,
    );
  }
}

function onlyOne(saved: SavedClusters): SavedCluster | undefined {
  const open = saved.list().filter(({ session }) => session !== undefined);
  if (open.length > 1) {
    const names = open.map(({ name }) => name).join(", ");
    throw new HavenError("usage", { what: `Expected one of ${names}`, hint: "haven logout NAME" });
  }
  return open[0];
}
