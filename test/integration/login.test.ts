import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../src/base/exec.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { addLabUsers, labPassword, removeLabUsers } from "./harness/lab-users.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const password = labPassword;
/** Users of the node, and what they are in. */
const groups = { vera: "haven-viewer", otto: "haven-operator", ada: "haclient", nils: undefined } as const;
type User = keyof typeof groups;

describeLab("logins", () => {
  let lab: TestLab;
  let [node, url, fingerprint] = ["", "", ""];
  const home = mkdtempSync(join(tmpdir(), "haven-login-"));

  beforeAll(async () => {
    lab = await quietLab();
    [node = ""] = lab.names;
    url = `https://${lab.lab.find(node).address}:8470`;
    await addLabUsers(lab, node, groups);
    // A lab that was kept may have failures in its daemon's memory.
    await lab.run(node, ["systemctl", "restart", "haven"]);
    const ca = (await lab.node(node).readFile("/etc/haven/tls/ca.pem")) ?? "";
    fingerprint = new X509Certificate(ca).fingerprint256;
    await waitFor("the API to answer", minute, async () => (await login("vera", "wrong")).code === 5);
  }, 5 * minute);

  afterAll(async () => {
    rmSync(home, { recursive: true });
    await removeLabUsers(lab, node, groups);
    await lab.run(node, ["systemctl", "restart", "haven"]);
  }, minute);

  /** Haven on this machine, outside of the lab. */
  const outside = (words: readonly string[], input?: string) =>
    exec(["dist/haven", ...words], {
      ...{ env: { HOME: home, XDG_CONFIG_HOME: undefined, HAVEN_CLUSTER: undefined }, timeoutMs: minute },
      ...(input === undefined ? {} : { input }),
    });
  const login = (user: User | "nobody-such", shown: string = password) =>
    outside(
      ["login", url, "--name", user, "--user", user, "--password-stdin", "--fingerprint", fingerprint],
      shown,
    );

  test(
    "each group has its role, and the command line asks the cluster from outside",
    async () => {
      for (const [user, role] of [
        ["vera", "viewer"],
        ["otto", "operator"],
        ["ada", "admin"],
      ] as const) {
        const done = await login(user);
        expect([done.code, done.stderr]).toEqual([0, ""]);
        expect(done.stdout).toContain(`${user} is logged in to ${user} as ${role}`);
        const status = await outside(["--cluster", user, "status", "--json"]);
        expect(JSON.parse(status.stdout)).toMatchObject({ nodes: lab.names.map((name) => ({ name })) });
        const audit = await outside(["--cluster", user, "audit"]);
        expect([user, audit.code]).toEqual([user, user === "ada" ? 0 : 5]);
        const out = await outside(["logout", user]);
        expect(out.code).toBe(0);
        expect((await outside(["--cluster", user, "status"])).code).toBe(5);
      }
      const none = await login("nils");
      expect([none.code, none.stderr]).toEqual([5, expect.stringContaining("nils is in none of the groups")]);
    },
    3 * minute,
  );

  test(
    "who is taken out of the group has nothing within a minute",
    async () => {
      expect((await login("otto")).code).toBe(0);
      await lab.run(node, ["gpasswd", "--delete", "otto", "haven-operator"]);
      await waitFor("the session to end", minute, async () => {
        const { code } = await outside(["--cluster", "otto", "vm", "list"]);
        return code === 5;
      });
      await lab.run(node, ["gpasswd", "--add", "otto", "haven-operator"]);
    },
    2 * minute,
  );

  test(
    "a locked password and an expired account let nobody in",
    async () => {
      await lab.run(node, ["usermod", "--lock", "vera"]);
      const locked = await login("vera");
      expect([locked.code, locked.stderr]).toEqual([5, expect.stringContaining("User or password is wrong")]);
      await lab.run(node, ["usermod", "--unlock", "--expiredate", "1", "vera"]);
      const expired = await login("vera");
      expect([expired.code, expired.stderr]).toEqual([5, expect.stringContaining("may not be used now")]);
      await lab.run(node, ["usermod", "--expiredate", "", "vera"]);
      expect((await login("vera")).code).toBe(0);
    },
    2 * minute,
  );

  test(
    "a wrong password and an unknown user sound alike; after ten the address is locked out, and the audit shows it",
    async () => {
      expect((await login("ada")).code).toBe(0);
      const [wrong, unknown] = [await login("ada", "wrong"), await login("nobody-such")];
      expect(unknown.stderr).toBe(wrong.stderr);
      await waitFor("the lock-out", 2 * minute, async () => {
        const { stderr } = await login("vera", "wrong");
        return stderr.includes("Too many logins have failed");
      });
      const { stdout } = await outside(["--cluster", "ada", "audit", "--json", "--limit", "50"]);
      const kinds = (JSON.parse(stdout).events as readonly { readonly kind: string }[]).map(
        ({ kind }) => kind,
      );
      expect(kinds).toEqual(expect.arrayContaining(["login.succeeded", "login.failed", "login.locked"]));
      expect(stdout).not.toContain(password);
      expect(stdout).not.toContain("nobody-such");
    },
    4 * minute,
  );
});
