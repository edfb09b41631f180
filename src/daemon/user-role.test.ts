import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const source = JSON.stringify(join(import.meta.dir, "user-role.ts"));

/** What `userRole` says in a mount namespace of its own, where the machine has these users and groups. */
function rolesWith(users: readonly string[], groups: readonly string[], names: readonly string[]): unknown {
  const dir = mkdtempSync(join(tmpdir(), "haven-users-"));
  try {
    writeFileSync(join(dir, "passwd"), `${["root:x:0:0::/:/bin/sh", ...users].join("\n")}\n`, {
      mode: 0o644,
    });
    writeFileSync(join(dir, "group"), `${["root:x:0:", ...groups].join("\n")}\n`, { mode: 0o644 });
    const asks = `const { userRole } = await import(${source}); console.log(JSON.stringify(${JSON.stringify(names)}.map((name) => userRole(name) ?? null)))`;
    const mounts = `mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && exec "$2" -e "$3"`;
    const argv = ["unshare", "--mount", "sh", "-c", mounts, "sh", dir, process.execPath, asks];
    const { stdout, stderr } = Bun.spawnSync(argv);
    if (stderr.length > 0) throw new Error(stderr.toString());
    return JSON.parse(stdout.toString());
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test.skipIf(process.getuid?.() !== 0)("the groups of a user give the role, the greatest of several", () => {
  const users = ["eva:x:2001:2001::/:", "tom:x:2002:3002::/:", "ann:x:2003:2003::/:", "sam:x:2004:2004::/:"];
  const many = Array.from({ length: 400 }, (_, i) => `g${i}:x:${5000 + i}:ann`);
  const groups = [
    ...["haven-viewer:x:3001:eva,ann", "haven-operator:x:3002:", "haclient:x:3003:ann", "3001:x:4000:sam"],
    ...many,
  ];
  expect(rolesWith(users, groups, ["eva", "tom", "ann", "sam", "root", "none-such", "2001", "+0"])).toEqual([
    // By a further group, by the own one, by the last of four hundred; in none; root; and no users.
    ...[{ role: "viewer" }, { role: "operator" }, { role: "admin" }, {}, { role: "admin" }, null, null, null],
  ]);
  // Where the groups were not made nobody has a role by them.
  expect(rolesWith(users, ["ann:x:2003:"], ["ann", "tom"])).toEqual([{}, {}]);
});
