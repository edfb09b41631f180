import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { vmAdd } from "../ops/vm-add.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what the API does",
  () => {
    beforeAll(() => api.start());
    afterAll(() => api.stop());
    beforeEach(async () => {
      await api.reset();
      const text = "name: web1\nmemory: 512\n---\nname: web2\nmemory: 512\nplacement: {after: web1}\n";
      await vmAdd(fileEnvironment(api.file.path), { texts: [{ file: "vms", text }] });
      api.file.runs({ web1: { node: 1 }, web2: { node: 2 } });
    });
    const epoch = (): number => api.file.read().version.epoch;
    const entry = (name: string) => vmsInCib(api.file.read()).find((vm) => vm.name === name);

    test("operators act on VMs by jobs, of which viewers see what becomes of them", async () => {
      const before = epoch();
      const post = (path: string, body: unknown) => api.ask("operator", "POST", path, body);
      expect(await api.ask("viewer", "POST", "/v1/vms/web1/start", {})).toMatchObject({
        ...{ status: 403, code: "api.role" },
      });
      expect(await post("/v1/vms/web3/start", {})).toMatchObject({ status: 404, code: "vm.not-found" });
      expect(await post("/v1/vms/label=x/stop", {})).toMatchObject({ status: 404, code: "vm.not-found" });
      for (const body of ["{", "[]", '{"dryRun": 1}', '{"to": "node2"}', "null", '"a"']) {
        expect(await post("/v1/vms/web1/start", body)).toMatchObject({ status: 400, code: "input.invalid" });
      }
      const dry = await api.job("operator", "POST", "/v1/vms/web1/stop", { dryRun: true });
      expect(dry.body).toMatchObject({ what: ["vm", "stop", "web1"], by: "token operator" });
      expect(dry.body.request).toBe(dry.headers.get("request-id"));
      expect(dry.headers.get("location")).toBe(`/v1/jobs/${dry.body.id}`);
      expect(dry.job).toMatchObject({ state: "done", result: { names: ["web1"], committed: false } });
      expect(dry.job.ended).toBeString();
      expect(epoch()).toBe(before);
      // What the request has not said is not agreed to, and told; what it has said is.
      const { job } = await api.job("operator", "POST", "/v1/vms/web1/cleanup", {});
      expect(job).toMatchObject({ state: "failed", error: { code: "pacemaker.no-file-action" } });
      const stop = (body: object) => api.job("operator", "POST", "/v1/vms/web2/stop", body);
      expect((await stop({})).job.error).toMatchObject({
        code: "vm.declined",
        asked: { question: "Stop web2?" },
      });
      expect(epoch()).toBe(before);
      expect((await stop({ yes: true })).job).toMatchObject({ state: "done" });
      expect(entry("web2")?.targetRole).toBe("Stopped");
      expect(await api.ask("viewer", "GET", "/v1/jobs/none")).toMatchObject({ status: 404 });
    }, 120_000);

    test("a restart is one change of the configuration", async () => {
      const before = epoch();
      const { job } = await api.job("operator", "POST", "/v1/vms/web2/restart", {});
      expect(job).toMatchObject({
        state: "done",
        what: ["vm", "restart", "web2"],
        result: { committed: true },
      });
      expect(epoch()).toBe(before + 1);
      expect(entry("web2")?.targetRole).toBeUndefined();
    }, 120_000);

    test("management and preference", async () => {
      expect((await api.job("operator", "POST", "/v1/vms/web1/unmanage", {})).job.state).toBe("done");
      expect(entry("web1")?.managed).toBe(false);
      await api.job("operator", "POST", "/v1/vms/web1/manage", {});
      expect(entry("web1")?.managed).toBe(true);
      const prefer = async (body: object) =>
        (await api.job("operator", "POST", "/v1/vms/web1/prefer", { yes: true, ...body })).job.state;
      expect(await prefer({ nodes: ["node2"] })).toBe("done");
      expect(entry("web1")?.spec?.placement?.prefer).toEqual(["node2"]);
      expect(await prefer({})).toBe("done");
      expect(entry("web1")?.spec?.placement?.prefer).toEqual(["node1"]);
      expect(await prefer({ nodes: [] })).toBe("done");
      expect(entry("web1")?.spec?.placement).toBeUndefined();
    }, 120_000);

    test("nodes and maintenance; what was not agreed to is asked, and changes nothing", async () => {
      const before = epoch();
      const standby = (body: object) => api.job("operator", "POST", "/v1/nodes/node1/standby", body);
      expect((await standby({})).job).toMatchObject({
        state: "failed",
        error: {
          code: "vm.declined",
          hint: 'Look at what was asked; send "yes": true',
          asked: { question: "Put node1 in standby?", lines: expect.any(Array) },
        },
      });
      expect((await standby({ dryRun: true })).job).toMatchObject({ result: { committed: false } });
      expect(epoch()).toBe(before);
      expect((await standby({ yes: true })).job).toMatchObject({ result: { committed: true } });
      expect(api.file.read().node("node1")?.attributes.get("standby")).toBe("on");
      await api.job("operator", "POST", "/v1/nodes/node1/online", { yes: true });
      expect(api.file.read().node("node1")?.attributes.get("standby")).toBeUndefined();
      const missing = await api.job("operator", "POST", "/v1/nodes/node7/standby", {});
      expect(missing.job.error?.code).toBe("cib.not-found");
      const maintain = { on: true, nodes: ["node2"], yes: true };
      expect(await api.ask("operator", "POST", "/v1/maintenance", maintain)).toMatchObject({ status: 403 });
      expect(await api.ask("admin", "POST", "/v1/maintenance", {})).toMatchObject({
        ...{ status: 400, body: { error: { message: "body.on: expected true or false" } } },
      });
      expect((await api.job("admin", "POST", "/v1/maintenance", maintain)).job.state).toBe("done");
      expect(api.file.read().node("node2")?.attributes.get("maintenance")).toBe("true");
    }, 120_000);
  },
);
