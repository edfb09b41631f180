import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { rawRoutes } from "../contract/raw-routes.ts";
import { roleAllows, roles } from "../contract/role.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("crm_resource") === null)(
  "what Haven has not made, through the API",
  () => {
    beforeAll(() => api.start(), 300_000);
    afterAll(() => api.stop());
    beforeEach(() => api.reset(), 300_000);
    const whole = () => readFileSync(api.file.path, "utf8");
    const post = (path: string, body: object) => api.job("admin", "POST", path, body);
    const dummy = (id: string) => ({ type: "primitive", id, agent: "ocf:pacemaker:Dummy" });
    const ids = async () =>
      (await api.ask("viewer", "GET", "/v1/raw")).body.resources.map((one: { id: string }) => one.id);

    test("resources are added, shown, managed, unmanaged and removed", async () => {
      const definitions = [
        dummy("a"),
        { type: "group", id: "g", members: ["a"] },
        { type: "location", id: "l", resource: "g", rule: "#uname eq node2", score: "INFINITY" },
      ];
      const before = whole();
      const dry = await post("/v1/raw", { definitions, dryRun: true });
      expect(dry.job).toMatchObject({ what: ["raw", "add", "a", "g", "l"], result: { committed: false } });
      expect(dry.job.result).toMatchObject({ effect: expect.arrayContaining(["a starts on node2"]) });
      expect((await post("/v1/raw", { definitions })).job.error?.code).toBe("vm.declined");
      expect(whole()).toBe(before);
      expect((await post("/v1/raw", { definitions, yes: true })).job.state).toBe("done");
      expect(await ids()).toEqual(["g", "a"]);
      const shown = await api.ask("viewer", "GET", "/v1/raw/objects/a");
      expect(shown.body).toMatchObject({ id: "a", type: "primitive", namedBy: [] });
      expect((await api.ask("viewer", "GET", "/v1/raw/objects/no")).status).toBe(404);
      const unmanaged = await api.job("operator", "POST", "/v1/raw/objects/g/unmanage", { yes: true });
      expect(unmanaged.job).toMatchObject({ state: "done", result: { names: ["g"], committed: true } });
      const managed = await api.job("operator", "POST", "/v1/raw/objects/a/manage", { yes: true });
      expect(managed.job).toMatchObject({ state: "done", result: { names: ["a"] } });
      const cleanup = await api.job("operator", "POST", "/v1/raw/objects/a/cleanup", {});
      expect(cleanup.job.error?.code).toBe("pacemaker.no-file-action");
      const gone = await post("/v1/raw/objects/g/remove", { yes: true });
      expect(gone.job.result).toMatchObject({ committed: true, plan: expect.arrayContaining(["- group g"]) });
      expect(await ids()).toEqual([]);
    }, 300_000);

    test("what is wrong is told, and nothing is written", async () => {
      const before = whole();
      const wrong = await post("/v1/raw", { definitions: [{ ...dummy("a"), more: 1 }], yes: true });
      expect(wrong.job.error).toMatchObject({ code: "raw.invalid" });
      expect(wrong.job.error?.message).toContain("definitions[0]:5:3: more: expected one of type, id, agent");
      for (const body of [
        { definitions: [] },
        { definitions: ["a"] },
        { definitions: [dummy("a")], more: 1 },
      ]) {
        expect(await api.ask("admin", "POST", "/v1/raw", body)).toMatchObject({ status: 400 });
      }
      expect((await post("/v1/raw/objects/fence/remove", { yes: true })).job.error?.code).toBe("raw.refused");
      expect(whole()).toBe(before);
    }, 300_000);

    test("agents and options say what they are, and options are set", async () => {
      const { agents } = (await api.ask("viewer", "GET", "/v1/raw/agents")).body;
      expect(agents).toContain("ocf:pacemaker:Dummy");
      const agent = await api.ask("viewer", "GET", "/v1/raw/agents/ocf%3Apacemaker%3ADummy");
      expect(agent.body.parameters).toContainEqual(expect.objectContaining({ name: "fake" }));
      expect((await api.ask("viewer", "GET", "/v1/raw/agents/..%2Fsh")).status).toBe(404);
      const set = await post("/v1/raw/options", { values: { "batch-limit": "5" }, yes: true });
      expect(set.job).toMatchObject({ state: "done", what: ["raw", "set", "batch-limit=5"] });
      const { cluster } = (await api.ask("viewer", "GET", "/v1/raw/options")).body;
      expect(cluster).toContainEqual(expect.objectContaining({ name: "batch-limit", value: "5" }));
      for (const body of [
        { values: {} },
        { values: { "a b": "1" } },
        { values: { a: "1\n2" } },
        { of: "vms", values: { a: "1" } },
      ]) {
        expect(await api.ask("admin", "POST", "/v1/raw/options", body)).toMatchObject({ status: 400 });
      }
    }, 300_000);

    test("each may do what the role says, and no more", async () => {
      const before = whole();
      for (const { method, path, role: needed } of Object.values(rawRoutes)) {
        if (method === "GET") continue;
        for (const role of roles.filter((one) => !roleAllows(one, needed))) {
          const asked = await api.ask(role, method, path.replace("{id}", "a"), { yes: true });
          expect([path, role, asked.status]).toEqual([path, role, 403]);
        }
        expect((await api.ask(undefined, method, path.replace("{id}", "a"), {})).status).toBe(401);
      }
      expect((await api.ask(undefined, "GET", "/v1/raw")).status).toBe(401);
      expect(whole()).toBe(before);
    }, 300_000);
  },
);
