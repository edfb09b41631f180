import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { NodeAccess } from "../host/node-access.ts";
import { prepareLogins } from "./cluster-logins.ts";

function node({ pam = true, file = undefined as string | undefined, groups = [] as string[] } = {}) {
  const written = new Map<string, string>();
  const ran: string[] = [];
  const access: NodeAccess = {
    name: "node1",
    exec(argv) {
      const [program, ...words] = argv;
      const isThere =
        program === "test" ? pam : program === "getent" ? groups.includes(words[1] ?? "") : true;
      if (program === "groupadd") {
        ran.push(argv.join(" "));
        groups.push(words.at(-1) ?? "");
      }
      return Promise.resolve({ code: isThere ? 0 : 2, signal: null, stdout: "", stderr: "" });
    },
    readFile: (path) => Promise.resolve(written.get(path) ?? file),
    writeFile(path, content) {
      written.set(path, String(content));
      return Promise.resolve();
    },
  };
  return { access, written, ran };
}

const service = "/etc/pam.d/haven";

test("PAM's service and the groups are made once", async () => {
  const { access, written, ran } = node();
  expect(await prepareLogins(access)).toEqual([service, "group haven-viewer", "group haven-operator"]);
  expect(written.get(service)).toBe(readFileSync("packaging/pam/haven", "utf8"));
  expect(ran).toEqual(["groupadd --system haven-viewer", "groupadd --system haven-operator"]);
  expect(await prepareLogins(access)).toEqual([]);
});

test("what somebody has written for PAM stays, and where there is no PAM nothing is written", async () => {
  const groups = ["haven-viewer", "haven-operator"];
  const [kept, without] = [
    node({ file: "auth required pam_deny.so\n", groups }),
    node({ pam: false, groups }),
  ];
  expect([await prepareLogins(kept.access), await prepareLogins(without.access)]).toEqual([[], []]);
  expect([kept.written.size, without.written.size]).toEqual([0, 0]);
});
