import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import { fenceDevices } from "../ops/fence-devices.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "fencing and tokens through the API",
  () => {
    beforeAll(() => api.start());
    afterAll(() => api.stop());
    beforeEach(() => api.reset());
    const whole = () => readFileSync(api.file.path, "utf8");
    const devices = () => fenceDevices(api.file.read(), isSecretParameter).map(({ id }) => id);
    const post = (path: string, body: object) => api.job("admin", "POST", path, body);

    test("a device is added, ordered and removed; its secret is told to nobody", async () => {
      const secret = "s3cr3t-of-the-device";
      const body = {
        kind: "ipmi",
        hosts: [{ node: "node1" }],
        values: { ip: "192.0.2.1", username: "haven" },
        secrets: { password: secret },
      };
      const before = whole();
      expect((await post("/v1/fence/devices", { ...body, dryRun: true })).job).toMatchObject({
        ...{ state: "done", what: ["fence", "add", "ipmi"], result: { committed: false } },
      });
      expect(
        (await post("/v1/fence/devices", { ...body, values: { nothing: secret }, yes: true })).job.state,
      ).toBe("failed");
      expect(whole()).toBe(before);
      for (const wrong of [
        { kind: "../../tmp/x" },
        { hosts: [] },
        { hosts: [{ node: "node1", outlet: 1 }] },
        { secrets: { password: `${secret}\n` } },
        { secrets: { "../x": secret } },
        { level: 10 },
      ]) {
        const refused = await api.ask("admin", "POST", "/v1/fence/devices", { ...body, ...wrong });
        expect(refused).toMatchObject({ status: 400, code: "input.invalid" });
        expect(JSON.stringify(refused.body)).not.toContain(secret);
      }
      const { job } = await post("/v1/fence/devices", { ...body, yes: true });
      expect(job).toMatchObject({ state: "done", result: { committed: true } });
      const [id = ""] = (job.result as { names: string[] }).names;
      expect(devices()).toContain(id);
      const levels = { levels: [[id], [id]], yes: true };
      expect((await post("/v1/nodes/node1/fence-levels", levels)).job.error?.code).toBe("fence.refused");
      expect((await post("/v1/nodes/node1/fence-levels", { levels: [[id]], yes: true })).job.state).toBe(
        "done",
      );
      expect((await api.ask("viewer", "GET", "/v1/fence")).body.devices).toContainEqual(
        expect.objectContaining({ id, agent: "fence_ipmilan" }),
      );
      const shown = await api.ask("viewer", "GET", `/v1/fence/devices/${id}`);
      expect(shown.body.parameters).toContainEqual(expect.objectContaining({ name: "password" }));
      expect(await api.ask("viewer", "GET", "/v1/fence/devices/none")).toMatchObject({ status: 404 });
      expect((await post(`/v1/fence/devices/${id}/remove`, { force: true, yes: true })).job.state).toBe(
        "done",
      );
      expect(devices()).not.toContain(id);
      const everything = [
        ...[JSON.stringify((await api.ask("viewer", "GET", "/v1/jobs")).body), JSON.stringify(shown.body)],
        ...api.lines,
      ];
      expect(everything.join("\n")).not.toContain(secret);
    }, 120_000);

    test("of agents only those that are installed are asked", async () => {
      expect((await api.ask("viewer", "GET", "/v1/fence/agents")).body.agents).toEqual(["fence_ipmilan"]);
      expect((await api.ask("viewer", "GET", "/v1/fence/agents/ipmi")).body.parameters).toHaveLength(3);
      for (const name of ["none", "..%2F..%2Fbin%2Fsh"]) {
        expect(await api.ask("viewer", "GET", `/v1/fence/agents/${name}`)).toMatchObject({
          ...{ status: 404, code: "agent.unknown" },
        });
      }
    });

    test("what shoots, or says that a node is off, wants its name again", async () => {
      expect(await api.ask("admin", "POST", "/v1/nodes/node2/fence-confirm", { yes: true })).toMatchObject({
        status: 400,
      });
      const alive = await post("/v1/nodes/node2/fence-confirm", { confirm: "node2", yes: true });
      expect(alive.job.error).toMatchObject({ code: "fence.refused" });
      for (const path of ["/v1/fence/test", "/v1/nodes/node2/fence-test"]) {
        expect((await post(path, {})).job.error?.code).toBe("pacemaker.no-file-action");
      }
      const found = await api.ask("viewer", "GET", "/v1/verify");
      expect(found.status).toBe(200);
      expect(found.body).toBeArray();
    }, 60_000);

    test("a token is told to who has made it, and opens nothing when it is taken away", async () => {
      const body = { name: "grafana", role: "viewer" };
      for (const wrong of [{ role: "root" }, { expires: "tomorrow" }, { name: "" }]) {
        const refused = await api.ask("admin", "POST", "/v1/tokens", { ...body, ...wrong });
        expect(refused).toMatchObject({ status: 400, code: "input.invalid" });
      }
      expect(await api.ask("operator", "POST", "/v1/tokens", body)).toMatchObject({ status: 403 });
      const past = await api.ask("admin", "POST", "/v1/tokens", { ...body, expires: "2020-01-01T00:00:00Z" });
      expect(past.status).toBe(400);
      const added = await api.ask("admin", "POST", "/v1/tokens", { ...body, yes: true });
      expect(added).toMatchObject({ status: 201, body });
      expect(await api.ask("admin", "POST", "/v1/tokens", body)).toMatchObject({ status: 409 });
      const headers = { authorization: `Bearer ${added.body.token}` };
      expect((await api.ask(undefined, "GET", "/v1/about", undefined, headers)).status).toBe(200);
      const seen = JSON.stringify((await api.ask("admin", "GET", "/v1/jobs")).body) + api.lines.join("\n");
      expect(seen).not.toContain(added.body.token);
      expect((await api.ask("admin", "POST", "/v1/tokens/grafana/remove", { yes: true })).status).toBe(200);
      expect((await api.ask(undefined, "GET", "/v1/about", undefined, headers)).status).toBe(401);
      expect(await api.ask("admin", "POST", "/v1/tokens/grafana/remove", {})).toMatchObject({ status: 404 });
    }, 60_000);
  },
);
