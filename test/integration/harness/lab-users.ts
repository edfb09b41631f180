import type { TestLab } from "./test-lab.ts";

export const labPassword = "correct horse 9";

/** Users of a node who may log in to its daemon, each with a group that gives a role, or none. They take those of a run before's place. */
export async function addLabUsers(
  lab: TestLab,
  node: string,
  users: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const pam = await Bun.file("packaging/pam/haven").text();
  await lab.node(node).writeFile("/etc/pam.d/haven", pam, { mode: 0o644 });
  for (const group of ["haven-viewer", "haven-operator"]) {
    await lab.run(node, ["groupadd", "--system", "--force", group]);
  }
  await removeLabUsers(lab, node, users);
  for (const [user, group] of Object.entries(users)) {
    await lab.run(node, ["useradd", ...(group === undefined ? [] : ["--groups", group]), user]);
  }
  const lines = Object.keys(users).map((user) => `${user}:${labPassword}\n`);
  await lab.run(node, ["chpasswd"], { input: lines.join("") });
}

export async function removeLabUsers(
  lab: TestLab,
  node: string,
  users: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const user of Object.keys(users)) await lab.node(node).exec(["userdel", "--remove", user]);
}
