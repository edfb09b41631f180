import pamHaven from "../../packaging/pam/haven" with { type: "text" };
import { roleGroups } from "../contract/role-groups.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { runThere } from "../host/run-there.ts";

const pamService = "/etc/pam.d/haven";

/**
 * What logins need on a node: PAM's service `haven`, unless somebody has written one, and the groups that roles follow from.
 * Nobody is in them yet. A node without PAM's folder is left alone.
 *
 * @returns what was made
 * @throws HavenError exec.failed
 */
export async function prepareLogins(access: NodeAccess): Promise<readonly string[]> {
  const made: string[] = [];
  const hasPam = (await access.exec(["test", "-d", "/etc/pam.d"])).code === 0;
  if (hasPam && (await access.readFile(pamService)) === undefined) {
    await access.writeFile(pamService, pamHaven, { mode: 0o644 });
    made.push(pamService);
  }
  for (const group of [roleGroups.viewer, roleGroups.operator]) {
    if ((await access.exec(["getent", "group", group])).code === 0) continue;
    await runThere(access, ["groupadd", "--system", group]);
    made.push(`group ${group}`);
  }
  return made;
}
