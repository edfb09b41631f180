import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoginCheck, type LoginCheckOptions } from "./login-check.ts";

// The real libpam, with services of our own and no account of this machine's touched.
const dir = mkdtempSync(join(tmpdir(), "haven-pam-"));
const program = [process.execPath, join(import.meta.dir, "../main.ts")];
const stop = new AbortController();
const user = "nobody";
const address = "192.0.2.7";

beforeAll(() => {
  script(
    "knows",
    'IFS= read -r shown\n[ "$shown" = "süß 1" ] && [ "$PAM_USER/$PAM_RHOST" = "nobody/192.0.2.7" ]',
  );
  script("hangs", "exec sleep 60");
});

afterAll(() => {
  stop.abort();
  rmSync(dir, { recursive: true });
});

function script(name: string, body: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, name), 0o755);
}

/** A place where PAM finds the service `haven` with these lines. */
function check(lines: readonly string[] | undefined, options: Partial<LoginCheckOptions> = {}): LoginCheck {
  const directory = mkdtempSync(join(dir, "pam.d-"));
  if (lines !== undefined) writeFileSync(join(directory, "haven"), `${lines.join("\n")}\n`);
  return new LoginCheck({ signal: stop.signal, program, directory, ...options });
}

const knows = `auth required pam_exec.so expose_authtok quiet ${dir}/knows`;
const open = "account required pam_permit.so";

test("the right password is valid, and only that; it is cleared", async () => {
  const login = check([knows, open]);
  const right = Buffer.from("süß 1");
  expect(await login.password(user, address, right)).toEqual({ is: "valid", user, role: null });
  expect([...right]).toEqual(Array.from({ length: right.length }, () => 0));
  for (const wrong of ["süß", "süß 1 ", "x"]) {
    const answer = await login.password(user, address, Buffer.from(wrong));
    expect(answer).toMatchObject({ is: "refused", at: "password", known: true });
  }
});

test("an unknown user is refused as one with a wrong password is, and only we know the difference", async () => {
  const login = check(["auth required pam_deny.so", open]);
  const [known, unknown] = [
    await login.password(user, address, Buffer.from("x")),
    await login.password("no-such-user", address, Buffer.from("x")),
  ];
  expect(known).toEqual({ is: "refused", at: "password", why: "Authentication failure", known: true });
  expect(unknown).toEqual({ ...known, known: false } as typeof unknown);
  // PAM may let in whom the system does not know: without groups there is no role.
  const anybody = check(["auth required pam_permit.so", open]);
  expect(await anybody.password("no-such-user", address, Buffer.from("x"))).toMatchObject({ role: null });
  // Names are no numbers, and no options.
  for (const name of ["0", "+0", "--help"]) {
    expect(await anybody.account(name, address)).toEqual({ is: "valid", user: name, role: null });
  }
});

test("root is an administrator", async () => {
  expect(await check([knows, open]).account("root", address)).toEqual({
    is: "valid",
    user: "root",
    role: "admin",
  });
});

test("an account that may not be used is refused whatever its password, at once and later", async () => {
  const login = check(["auth required pam_permit.so", "account required pam_deny.so"]);
  const refused = { is: "refused", at: "account", known: true };
  expect(await login.password(user, address, Buffer.from("x"))).toMatchObject(refused);
  expect(await login.account(user, address)).toMatchObject(refused);
  // Without a password none is asked for.
  expect(await check(["auth required pam_deny.so", open]).account(user, address)).toMatchObject({
    is: "valid",
  });
});

test("what asks for more than the password lets nobody in", async () => {
  const login = check(["auth required pam_unix.so", open]);
  expect(await login.account("no-such-user", address)).toMatchObject({ is: "valid", role: null });
  expect(await login.password("no-such-user", address, Buffer.from("x"))).toMatchObject({ at: "password" });
}, 30_000);

test("without a service nobody is asked in its place", async () => {
  expect(await check(undefined).password("root", address, Buffer.from("x"))).toMatchObject({
    ...{ is: "unable", why: expect.stringMatching(/^there is no .*\/haven$/) },
  });
});

test("a module that is missing refuses", async () => {
  const login = check(["auth required pam_no_such_module.so", "account required pam_no_such_module.so"]);
  expect((await login.password(user, address, Buffer.from("x"))).is).not.toBe("valid");
  expect((await login.account(user, address)).is).not.toBe("valid");
});

test("a module that hangs is not waited for", async () => {
  const login = check([`auth required pam_exec.so quiet ${dir}/hangs`, open], { timeoutMs: 1500 });
  const before = performance.now();
  const answer = await login.password(user, address, Buffer.from("x"));
  expect(answer).toMatchObject({ is: "unable", why: expect.stringContaining("did not end within 1.5 s") });
  expect(performance.now() - before).toBeLessThan(10_000);
});

test.each([
  ["it crashes", "kill -SEGV $$"],
  ["it fails, whatever it has said", `echo '{"is":"valid","user":"root","role":"admin"}'; exit 1`],
  ["it says nothing", "exit 0"],
  ["it says something else", "echo yes"],
  ["it says too much", `echo '{"is":"valid","user":"root","role":"admin"}{}'`],
  ["it names a role that there is not", `echo '{"is":"valid","user":"root","role":"god"}'`],
])("%s: nobody is logged in", async (_, body) => {
  script("answers", `cat >/dev/null\n${body}`);
  const login = check([knows, open], { program: [join(dir, "answers")] });
  expect((await login.password(user, address, Buffer.from("x"))).is).toBe("unable");
  expect((await login.account(user, address)).is).toBe("unable");
});

test("the password is on nobody's command line and in nobody's environment", async () => {
  script("looks", 'tr "\\0" " " < /proc/$$/cmdline; env; cat >"$0.input"; exit 1');
  const login = check([knows, open], { program: [join(dir, "looks")] });
  const { why } = (await login.password(user, address, Buffer.from("süß 1"))) as { readonly why: string };
  expect(why).not.toContain("süß");
  const input = await Bun.file(join(dir, "looks.input")).text();
  expect(input).toEndWith("}\nsüß 1");
  expect(input.split("\n")[0]).not.toContain("süß");
});

test("four are looked at at once, sixteen wait, and more are refused", async () => {
  script("slow", 'cat >/dev/null; sleep 0.3; echo \'{"is":"unable","why":"slow"}\'');
  const login = check([knows, open], { program: [join(dir, "slow")] });
  const all = Array.from({ length: 25 }, () => login.password(user, address, Buffer.from("x")));
  const ended = await Promise.allSettled(all);
  const refused = ended.filter((one) => one.status === "rejected").map(({ reason }) => reason.code);
  expect(refused).toEqual(Array.from({ length: 5 }, () => "api.login-busy"));
  // And then there is room again.
  expect(await login.password(user, address, Buffer.from("x"))).toMatchObject({ why: "slow" });
}, 30_000);
