import { expect, test } from "bun:test";
import type { NodeAccess } from "../host/node-access.ts";
import { makeRunFolders, tmpfilesPath } from "./cluster-run-folders.ts";

test("the folders of guest channels and of the alert agent are made now and at each boot", async () => {
  const files = new Map<string, string>();
  const ran: (readonly string[])[] = [];
  const answer = { code: 0, signal: undefined, stdout: "", stderr: "" };
  const node = {
    name: "node1",
    exec: async (argv: readonly string[]) => {
      ran.push(argv);
      return answer;
    },
    readFile: async (path: string) => files.get(path),
    writeFile: async (path: string, content: string) => {
      files.set(path, content);
    },
  } as unknown as NodeAccess;
  expect(await makeRunFolders(node)).toEqual([tmpfilesPath]);
  expect(files.get(tmpfilesPath)).toContain("\nd /run/haven/guest 0755 root root -\n");
  expect(files.get(tmpfilesPath)).toContain("\nd /var/lib/haven/alerts.d 0700 hacluster haclient -\n");
  expect(ran.map((argv) => argv.join(" "))).toEqual([
    "mkdir -p -m 0755 /run/haven/guest",
    "install -d -m 0711 /var/lib/haven",
    "install -d -m 0700 -o hacluster -g haclient /var/lib/haven/alerts.d",
  ]);
  expect(await makeRunFolders(node)).toEqual([]);
  answer.code = 1;
  await expect(makeRunFolders(node)).rejects.toMatchObject({ code: "exec.failed" });
});
