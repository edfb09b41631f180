import { expect, test } from "bun:test";
import type { NodeAccess } from "../host/node-access.ts";
import { makeRunFolders, tmpfilesPath } from "./cluster-run-folders.ts";

test("the folder of guest channels is made now and at each boot", async () => {
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
  expect(ran).toEqual([["mkdir", "-p", "-m", "0755", "/run/haven/guest"]]);
  expect(await makeRunFolders(node)).toEqual([]);
  answer.code = 1;
  await expect(makeRunFolders(node)).rejects.toMatchObject({ code: "exec.failed" });
});
