import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiOnFile } from "../../test/support/api-on-file.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "guests through the API",
  () => {
    beforeAll(async () => {
      await api.start();
      const specs = [{ name: "web1", memory: 64 }];
      expect((await api.job("admin", "POST", "/v1/vms", { specs, yes: true })).job.state).toBe("done");
      api.file.runs({ web1: { node: 1 } });
    });
    afterAll(() => api.stop());
    const ask = (role: "viewer" | "operator" | "admin", method: string, what: string, body?: object) =>
      api.ask(role, method, `/v1/vms/web1/${what}`, body);

    test("what is wrong with a request is said before a guest is looked for", async () => {
      for (const [what, body] of [
        ["keys", {}],
        ["keys", { keys: [] }],
        ["keys", { keys: ["a"], holdMs: 60_001 }],
        ["keys", { keys: ["a"], codeset: "none" }],
        ["sysrq", {}],
        ["sysrq", { request: 1 }],
        ["ctrl-alt-del", { force: true }],
        ["monitor", { command: [] }],
        ["monitor", { command: ["query-status"], hmp: "yes" }],
      ] as const) {
        expect([what, body, await ask("admin", "POST", what, body)]).toEqual([
          ...[what, body],
          expect.objectContaining({ status: 400, code: "input.invalid" }),
        ]);
      }
      for (const what of ["log?lines=-1", "log?follow=true", "screenshot?screen=16"]) {
        expect([what, (await ask("viewer", "GET", what)).status]).toEqual([what, 400]);
      }
      // Keys and requests that there are not are found by the commands themselves.
      expect(await ask("operator", "POST", "keys", { keys: ["hyper-x"] })).toMatchObject({ status: 400 });
      expect(await ask("operator", "POST", "sysrq", { request: "nothing" })).toMatchObject({ status: 400 });
    });

    test("a VM that there is not is not found, and a guest of a file cannot be reached", async () => {
      for (const [method, what, body] of [
        ["GET", "log", undefined],
        ["GET", "screenshot", undefined],
        ["POST", "keys", { keys: ["a"] }],
        ["POST", "ctrl-alt-del", {}],
        ["POST", "sysrq", { request: "help" }],
        ["POST", "monitor", { command: ["query-status"] }],
      ] as const) {
        expect([what, await api.ask("admin", method, `/v1/vms/none/${what}`, body)]).toEqual([
          what,
          expect.objectContaining({ status: 404, code: "vm.not-found" }),
        ]);
        const { status, code } = await ask("admin", method, what, body);
        expect([what, status, code]).toEqual([what, 409, expect.stringMatching(/^(vm|pacemaker)\./)]);
      }
    });
  },
);
