import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { runningVms } from "../../test/support/running-vms.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "drains and the way back, through the API",
  () => {
    beforeAll(async () => {
      await api.start();
      await api.reset();
      await runningVms(api.file, {
        a: [1, "memory: 64"],
        bound: [2, "memory: 64\nplacement: {only-on: node2}"],
      });
    }, 300_000);
    afterAll(() => api.stop());

    test("the plan is in a dry run, a refusal has the list, and yes does it", async () => {
      const path = "/v1/nodes/node1/drain";
      expect((await api.ask("viewer", "POST", path, {})).status).toBe(403);
      expect((await api.job("operator", "POST", path, { dryRun: true })).job.result).toMatchObject({
        ...{ committed: false, predicted: { possible: true, nodes: ["node1"] } },
        effect: expect.arrayContaining(["1 VM leaves node1 in about 3 s"]),
      });
      expect((await api.job("operator", "POST", path, {})).job.error).toMatchObject({
        ...{ code: "vm.declined", asked: { question: "Drain node1?" } },
      });
      const refused = await api.job("operator", "POST", "/v1/nodes/node2/drain", { yes: true });
      expect(refused.job.error).toMatchObject({ code: "node.obstacles" });
      expect(refused.job.error?.message).toContain("\n  - bound: node1: ");
      expect((await api.job("operator", "POST", path, { yes: true })).job.result).toMatchObject({
        committed: true,
      });
      const node = () => api.file.read().node("node1")?.attributes;
      expect([node()?.get("standby"), node()?.get("haven-drain")]).toEqual([
        "on",
        expect.stringMatching(/=a$/),
      ]);
      const back = await api.job("operator", "POST", "/v1/nodes/node1/resume", { yes: true, leave: true });
      expect(back.job.result).toMatchObject({ committed: true, back: [] });
      expect([node()?.get("standby"), node()?.get("haven-drain")]).toEqual([undefined, undefined]);
    }, 300_000);
  },
);
