import { HavenError } from "../../base/errors.ts";
import { exec } from "../../base/exec.ts";

/**
 * The numbers of `user` or `user:group`; without a group it is the user's own.
 *
 * @returns undefined when this node knows no such user or group
 * @throws HavenError exec.missing
 */
export async function ownerIds(
  owner: string,
): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  const [user = "", group] = owner.split(":");
  const account = await entry("passwd", user);
  const uid = number(account?.[2]);
  const gid = group === undefined ? number(account?.[3]) : number((await entry("group", group))?.[2]);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** getent(1) asks all sources that the node has: files, LDAP and others. */
async function entry(database: string, key: string): Promise<readonly string[] | undefined> {
  const { code, stdout } = await exec(["getent", database, key], { timeoutMs: 10_000 });
  if (code === 1 || code === 2) return undefined;
  if (code !== 0)
    throw new HavenError("disk.failed", { path: key, why: `getent ${database} ended with ${code}` });
  return stdout.split("\n")[0]?.split(":");
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
