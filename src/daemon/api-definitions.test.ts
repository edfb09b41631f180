import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { vmAdd } from "../ops/vm-add.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "definitions and settings through the API",
  () => {
    beforeAll(() => api.start());
    afterAll(() => api.stop());
    beforeEach(async () => {
      await api.reset();
      const texts = [{ file: "vms", text: "name: web1\nmemory: 512\n" }];
      await vmAdd(fileEnvironment(api.file.path), { texts });
    });
    const entry = (name: string) => vmsInCib(api.file.read()).find((vm) => vm.name === name);
    const names = () => vmsInCib(api.file.read()).map(({ name }) => name);
    const whole = () => readFileSync(api.file.path, "utf8");
    const admin = (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
      api.job("admin", method, path, body, headers);
    const etag = async (path: string) => (await api.ask("viewer", "GET", path)).headers.get("etag") ?? "";

    test("VMs are added, and what is wrong with a specification is told", async () => {
      const before = whole();
      const specs = [
        { name: "web2", memory: 256 },
        { name: "web3", memory: 256 },
      ];
      const dry = await admin("POST", "/v1/vms", { specs, dryRun: true });
      expect(dry.job).toMatchObject({ what: ["vm", "add", "web2", "web3"], result: { committed: false } });
      expect((dry.job.result as { effect: string[] }).effect.join()).toContain("web2 starts on");
      expect((await admin("POST", "/v1/vms", { specs })).job.error?.code).toBe("vm.declined");
      const wrong = await admin("POST", "/v1/vms", {
        specs: [{ name: "web2", memory: -1, more: 1 }],
        yes: true,
      });
      expect(wrong.job.error).toMatchObject({ code: "vm.invalid" });
      expect(wrong.job.error?.message).toContain("specs[0]:3:3: memory:");
      expect(whole()).toBe(before);
      expect((await admin("POST", "/v1/vms", { specs, yes: true })).job.state).toBe("done");
      expect(names()).toEqual(["web1", "web2", "web3"]);
      const pruned = await admin("PUT", "/v1/vms", { specs, prune: true, yes: true, dryRun: true });
      expect(pruned.job.result).toMatchObject({ removed: ["web1"], committed: false });
    }, 120_000);

    test("who changes a VM must have seen what it is", async () => {
      const path = "/v1/vms/web1";
      const spec = { name: "web1", memory: 640 };
      const tag = await etag(path);
      const put = (body: object, match?: string) =>
        api.ask("admin", "PUT", path, body, match === undefined ? {} : { "if-match": match });
      const before = whole();
      expect(await put({ spec })).toMatchObject({ status: 428, code: "api.if-match" });
      expect(await put({ spec }, '"other"')).toMatchObject({ status: 412, code: "api.changed" });
      expect(await api.ask("admin", "PUT", "/v1/vms/web9", { spec }, { "if-match": "*" })).toMatchObject({
        status: 404,
      });
      const other = await admin(
        "PUT",
        path,
        { spec: { ...spec, name: "web9" }, yes: true },
        { "if-match": tag },
      );
      expect(other.job.error).toMatchObject({ code: "vm.invalid" });
      await admin("PUT", path, { spec, dryRun: true }, { "if-match": tag });
      expect(whole()).toBe(before);
      // Two that have seen the same: one of them is done, and the other one changes nothing.
      const states = [640, 768].map(async (memory) => {
        const begun = await put({ spec: { ...spec, memory }, yes: true }, tag);
        return begun.status === 202 ? (await api.ended(begun.body.id)).error?.code : begun.code;
      });
      const outcomes = await Promise.all(states);
      const won = outcomes.indexOf(undefined);
      expect(entry("web1")?.spec?.memory).toBe([640, 768][won] ?? 0);
      expect(outcomes[1 - won]).toBeOneOf(["api.changed", "vm.refused"]);
      expect(await put({ spec }, tag)).toMatchObject({ status: 412 });
      const again = await admin("PUT", path, { spec, yes: true }, { "if-match": await etag(path) });
      expect(again.job.state).toBe("done");
      expect((await admin("PUT", path, { spec, yes: true }, { "if-match": "*" })).job.state).toBe("done");
    }, 120_000);

    test("a VM is renamed, cloned, compared, exported and removed", async () => {
      const post = (path: string, body: object) => admin("POST", `/v1/vms/${path}`, { yes: true, ...body });
      await post("web1/stop", {});
      expect((await post("web1/rename", { to: "shop1" })).job).toMatchObject({
        ...{ state: "done", what: ["vm", "rename", "web1", "shop1"] },
      });
      expect((await post("shop1/clone", { to: "shop2", disks: [] })).job.state).toBe("done");
      expect(names()).toEqual(["shop1", "shop2"]);
      expect((await post("shop1/clone", { to: "shop3", disks: ["/a"], copyTo: "/b" })).job.error?.code).toBe(
        "input.invalid",
      );
      const yaml = await api.ask("viewer", "GET", "/v1/vms/shop1/export");
      expect(yaml.headers.get("content-type")).toBe("application/yaml");
      expect(yaml.body).toContain("name: shop1");
      expect((await api.ask("viewer", "GET", "/v1/export")).body).toContain("\n---\n");
      const specs = [{ name: "shop1", memory: 1024 }];
      // Its checks look at the node's files.
      expect((await api.ask("viewer", "POST", "/v1/diff", { specs })).status).toBe(403);
      expect((await api.ask("admin", "POST", "/v1/diff", { specs })).body).toMatchObject([
        { name: "shop1", state: "differs" },
      ]);
      expect((await api.ask("viewer", "GET", "/v1/vms/shop1/diff")).body).toMatchObject([
        { name: "shop1", state: "same" },
      ]);
      // A file has no history.
      expect(await api.ask("viewer", "GET", "/v1/vms/shop1/versions")).toMatchObject({ status: 409 });
      expect(await api.ask("viewer", "GET", "/v1/vms/*/versions")).toMatchObject({ status: 404 });
      expect((await post("shop1/revert", {})).job.error?.code).toBe("pacemaker.no-file-action");
      const deleting = await post("shop1/remove", { deleteDisks: true });
      expect(deleting.job.state).toBe("failed");
      expect((await post("shop1/remove", { dryRun: true })).job.result).toMatchObject({ committed: false });
      expect((await post("shop1/remove", {})).job).toMatchObject({ state: "done", by: "token admin" });
      expect(names()).toEqual(["shop2"]);
    }, 120_000);

    test("settings are changed whole, by who has seen them", async () => {
      const path = "/v1/settings";
      const settings = { storage: ["/srv"] };
      const put = (body: object, match?: string) =>
        api.ask("admin", "PUT", path, body, match === undefined ? {} : { "if-match": match });
      const tag = await etag(path);
      const before = whole();
      expect(await put({ settings })).toMatchObject({ status: 428 });
      expect(await put({ settings }, '"other"')).toMatchObject({ status: 412, code: "api.changed" });
      expect(
        (await admin("PUT", path, { settings: { zone: 1 }, yes: true }, { "if-match": tag })).job.error?.code,
      ).toBe("settings.invalid");
      const dry = await admin("PUT", path, { settings, dryRun: true }, { "if-match": tag });
      expect(dry.job.result).toMatchObject({ committed: false, changes: [expect.anything()] });
      expect(whole()).toBe(before);
      expect((await admin("PUT", path, { settings, yes: true }, { "if-match": tag })).job.state).toBe("done");
      expect(await settingsInCib(api.file.read())).toMatchObject(settings);
      expect(await put({ settings }, tag)).toMatchObject({ status: 412 });
      expect((await admin("PUT", path, { settings: {}, yes: true }, { "if-match": "*" })).job.state).toBe(
        "done",
      );
    }, 120_000);
  },
);
