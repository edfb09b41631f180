import { HavenError } from "../../base/errors.ts";
import type { Command, CommandCall } from "../command.ts";
import { remoteCluster } from "./remote-cluster.ts";

/**
 * Runs a command where a cluster is named, by `--cluster` or by the variable HAVEN_CLUSTER: through that cluster's API.
 *
 * @returns the exit code
 * @throws HavenError remote.only-here, and what the command throws
 */
export async function runRemote(command: Command, call: CommandCall): Promise<number> {
  const said = call.global.cluster;
  // The variable is for what speaks to a cluster; the option is meant for this command.
  if (command.anywhere === true || (command.role === "local" && said === undefined))
    return (await command.run(call)) ?? 0;
  if (command.remote === undefined) {
    const payload = { command: command.path.join(" "), fromEnvironment: said === undefined };
    throw new HavenError("remote.only-here", payload);
  }
  const cluster = remoteCluster(said ?? process.env.HAVEN_CLUSTER ?? "", call.signal);
  return (await command.remote(call, cluster)) ?? 0;
}
