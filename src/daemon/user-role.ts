import { dlopen, read } from "bun:ffi";
import { type Role, roles } from "../contract/role.ts";
import { roleGroups } from "../contract/role-groups.ts";

/** What the system's name services (files, LDAP, SSSD) say of a user. */
export interface FoundUser {
  readonly role: Role | undefined;
}

/**
 * Which role a user has by the groups of this node, the greatest of several; undefined: there is no such user. A name is
 * only a name here: `getent` and `id` would take `0` for root. May block for as long as the name services do.
 *
 * @throws Error where the groups cannot be told
 */
export function userRole(user: string): FoundUser | undefined {
  const { symbols: libc } = dlopen("libc.so.6", {
    getpwnam: { args: ["ptr"], returns: "ptr" },
    getgrnam: { args: ["ptr"], returns: "ptr" },
    getgrouplist: { args: ["ptr", "u32", "ptr", "ptr"], returns: "i32" },
  });
  const name = Buffer.from(`${user}\0`);
  const entry = libc.getpwnam(name);
  if (entry === null) return undefined;
  // struct passwd: two pointers, then pw_uid and pw_gid; struct group: two pointers, then gr_gid (glibc, 64 bits).
  const uid = read.u32(entry, 16);
  const gid = read.u32(entry, 20);
  if (uid === 0) return { role: "admin" };
  const own = groupsOf(gid, (groups, count) => libc.getgrouplist(name, gid, groups, count));
  const role = roles.toReversed().find((one) => {
    const group = libc.getgrnam(Buffer.from(`${roleGroups[one]}\0`));
    return group !== null && own.has(read.u32(group, 16));
  });
  return { role };
}

const mostGroups = 65_536;

function groupsOf(gid: number, ask: (groups: Uint32Array, count: Int32Array) => number): ReadonlySet<number> {
  for (let room = 256; room <= mostGroups; room *= 16) {
    const groups = new Uint32Array(room).fill(gid);
    const count = Int32Array.of(room);
    if (ask(groups, count) >= 0) return new Set(groups.subarray(0, count[0]));
  }
  throw new Error(`the user is in more than ${mostGroups} groups`);
}
