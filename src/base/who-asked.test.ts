import { expect, test } from "bun:test";
import { type WhoAskedOptions, whoAsked } from "./who-asked.ts";

const passwd = "root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/bash\n";
const asked = (options: WhoAskedOptions) =>
  whoAsked({ env: {}, uid: 0, loginUid: undefined, passwd, ...options });

test("the login counts more than what a variable says", () => {
  expect(asked({ loginUid: "1000\n", env: { SUDO_USER: "eve", SUDO_UID: "7" } })).toEqual({
    user: "anna",
    by: "login",
  });
});

test("of a login that only the directory service knows sudo says the name", () => {
  expect(asked({ loginUid: "5000", env: { SUDO_USER: "otto", SUDO_UID: "5000" } }).user).toBe("otto");
  expect(asked({ loginUid: "5000", env: { SUDO_USER: "otto", SUDO_UID: "1" } }).user).toBe("uid 5000");
});

test("without a login it is whom sudo names, or the process's user", () => {
  expect(asked({ loginUid: "4294967295", env: { SUDO_USER: "anna" } })).toEqual({ user: "anna", by: "sudo" });
  expect(asked({})).toEqual({ user: "root", by: "process" });
  expect(asked({ uid: 77 })).toEqual({ user: "uid 77", by: "process" });
  expect(whoAsked().user).not.toBe("");
});
