import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { roles } from "../contract/role.ts";

const api = new ApiOnFile();

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what is not so yet, through the API",
  () => {
    beforeAll(async () => {
      await api.start();
      await api.reset();
      await runningVms(api.file, {
        small: [1, "memory: 512"],
        big: [2, "memory: 3900"],
        left: [3, "memory: 512"],
      });
    }, 300_000);
    afterAll(() => api.stop());
    const get = (path: string) => api.ask("viewer", "GET", path);

    test("losses, capacity, drains, why, a node's checks: who may look may ask, and nothing is changed", async () => {
      const before = readFileSync(api.file.path, "utf8");
      const fail = await get("/v1/plan/fail?node=node1");
      expect(fail.body).toMatchObject({ lost: ["node1"], survived: true, vms: [{ name: "small" }] });
      const both = await get("/v1/plan/fail?node=node1&node=node2");
      expect(both.body).toMatchObject({ lost: ["node1", "node2"], quorum: false });
      const capacity = await get("/v1/plan/capacity");
      expect(capacity.body).toMatchObject({ by: "scheduler", survived: false });
      expect(capacity.body.cases[1]).toMatchObject({ name: "node2", down: [{ name: "big" }] });
      expect((await get("/v1/plan/capacity?losses=2&quick=true")).body).toMatchObject({ by: "arithmetic" });
      const drain = await get("/v1/plan/drain?node=node2");
      expect(drain.body).toMatchObject({ possible: false, inTheWay: [{ name: "big", outcome: "down" }] });
      const why = await get("/v1/vms/small/why");
      expect(why.body).toMatchObject({ vm: "small", nodes: ["node1"], events: [] });
      expect((await get("/v1/nodes/node1/why")).body).toMatchObject({ node: "node1", state: "open" });
      const timeouts = await get("/v1/timeouts?of=small");
      expect(timeouts.body).toMatchObject({ atRisk: false, proposals: [], silent: [] });
      expect(timeouts.body.entries).toContainEqual(
        expect.objectContaining({ name: "small", operation: "stop", timeout: 180, verdict: "unmeasured" }),
      );
      expect((await get("/v1/blame")).body).toMatchObject({ changes: [], notes: expect.any(Array) });
      expect((await get("/v1/nodes/node1/checks")).body).toMatchObject({ storage: [], networks: [] });
      const health = await get("/v1/health");
      expect(health.body).toMatchObject({ healthy: false, nodes: [{ severity: expect.any(String) }] });
      expect(health.body.cluster.map(({ id }: { id: string }) => id)).toContain("ready.node");
      for (const role of roles) expect((await api.ask(role, "GET", "/v1/vms/small/why")).status).toBe(200);
      expect(readFileSync(api.file.path, "utf8")).toBe(before);
    }, 300_000);

    test("more VMs, a node less, evening out; adding is for those who may add", async () => {
      const before = readFileSync(api.file.path, "utf8");
      const specs = [{ name: "new", memory: "64 MiB" }];
      const add = await api.ask("admin", "POST", "/v1/plan/add", { specs });
      expect(add.body).toMatchObject({ names: ["new"], runs: true, survived: false, vms: [{ name: "new" }] });
      expect(add.body.losses[1]).toMatchObject({ name: "node2", down: [{ name: "big" }], already: true });
      const two = await api.ask("admin", "POST", "/v1/plan/add", { specs, count: 2 });
      expect(two.body).toMatchObject({ names: ["new-1", "new-2"], count: 2 });
      for (const role of ["viewer", "operator"] as const) {
        expect((await api.ask(role, "POST", "/v1/plan/add", { specs })).status).toBe(403);
      }
      const wrong = await api.ask("admin", "POST", "/v1/plan/add", {
        specs: [{ name: "small", memory: 64 }],
      });
      expect([wrong.status, wrong.code]).toEqual([422, "vm.invalid"]);
      for (const body of [{ specs: [] }, { specs, count: 0 }, { specs, count: "all" }, { specs, more: 1 }]) {
        expect((await api.ask("admin", "POST", "/v1/plan/add", body)).code).toBe("input.invalid");
      }
      const remove = await get("/v1/plan/remove?node=node3");
      expect(remove.body).toMatchObject({ nodes: ["node3"], possible: true, vms: [{ name: "left" }] });
      const rebalance = await get("/v1/plan/rebalance?threshold=100");
      expect(rebalance.body).toMatchObject({ threshold: 100, moves: [], commands: [] });
      expect(readFileSync(api.file.path, "utf8")).toBe(before);
    }, 300_000);

    test("what is wrong with a question is told", async () => {
      const expected: Readonly<Record<string, readonly [status: number, code: string]>> = {
        "/v1/plan/fail": [400, "usage"],
        "/v1/plan/fail?node=node1&more=1": [400, "usage"],
        "/v1/plan/fail?node=node7": [404, "cib.not-found"],
        "/v1/plan/drain": [400, "usage"],
        "/v1/plan/drain?node=node7": [404, "cib.not-found"],
        "/v1/plan/drain?node=node1&node=node2&node=node3": [409, "node.last"],
        "/v1/plan/capacity?losses=0": [400, "usage"],
        "/v1/plan/capacity?losses=4": [400, "usage"],
        "/v1/plan/capacity?losses=x": [400, "usage"],
        "/v1/plan/capacity?quick=maybe": [400, "usage"],
        "/v1/plan/capacity?more=1": [400, "usage"],
        "/v1/health?more=1": [400, "usage"],
        "/v1/health?node=node7": [404, "cib.not-found"],
        "/v1/plan/remove": [400, "usage"],
        "/v1/plan/remove?node=node7": [404, "cib.not-found"],
        "/v1/plan/remove?node=node1&node=node2&node=node3": [409, "node.last"],
        "/v1/plan/rebalance?moves=0": [400, "usage"],
        "/v1/plan/rebalance?threshold=101": [400, "usage"],
        "/v1/plan/rebalance?more=1": [400, "usage"],
        "/v1/nodes/node7/why": [404, "cib.not-found"],
        "/v1/nodes/node1/why?more=1": [400, "usage"],
        "/v1/timeouts?of=nobody": [404, "vm.not-found"],
        "/v1/timeouts?more=1": [400, "usage"],
        "/v1/blame?at=yesterday": [400, "usage"],
        "/v1/blame?more=1": [400, "usage"],
        "/v1/vms/nobody/why": [404, "vm.not-found"],
        "/v1/vms/small/why?more=1": [400, "usage"],
      };
      for (const [path, answer] of Object.entries(expected)) {
        const { status, code } = await get(path);
        expect([path, status, code]).toEqual([path, ...answer]);
      }
      for (const path of ["/v1/plan/fail?node=node1", "/v1/vms/small/why", "/v1/nodes/node1/checks"]) {
        expect([path, (await api.ask(undefined, "GET", path)).status]).toEqual([path, 401]);
      }
    }, 300_000);
  },
);
