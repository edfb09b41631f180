import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import type { FenceResult } from "../guest/host-answer.ts";
import type { ClusterVm } from "./cluster-vms.ts";
import type { FencedVm } from "./guest-fence.ts";
import { GuestService } from "./guest-service.ts";
import { Heartbeats } from "./heartbeats.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-service-"));
afterAll(() => rmSync(dir, { recursive: true }));

function vm(name: string, policies: Record<string, unknown> = {}): ClusterVm {
  const spec = { name, uuid: `uuid-${name}`, policies } as unknown as NonNullable<ClusterVm["spec"]>;
  return { name, resource: `vm-${name}`, uuid: `uuid-${name}`, guestShutdown: "restart", spec };
}

function service(fence: (vm: FencedVm) => Promise<FenceResult>) {
  const kinds: string[] = [];
  const own = new GuestService({
    vms: () => Promise.resolve([vm("db1", { "guest-fence": ["db2"] }), vm("db2"), vm("web")]),
    fence,
    heartbeats: new Heartbeats(systemClock),
    events: { record: ({ kind, vm: about }) => void kinds.push(`${kind} ${about}`) },
    log: silentLog,
    noteOf: (name) => join(dir, "ready", name),
  });
  return { own, kinds };
}

test("what its specification names is ended, anything else denied; both are remembered", async () => {
  const ended: string[] = [];
  const { own, kinds } = service(({ name, uuid, action }) => {
    ended.push(`${name} ${uuid} ${action}`);
    return Promise.resolve({ word: "done" });
  });
  expect(await own.onFence("db1", { id: "1", target: "db2", action: "off" })).toEqual({ word: "done" });
  const denied = { word: "denied", reason: "not-permitted" } as const;
  for (const [from, target] of [
    ["db1", "web"],
    ["db1", "db1"],
    ["db1", "nobody"],
    ["db2", "db1"],
    ["stranger", "db2"],
  ] as const) {
    expect(await own.onFence(from, { id: "2", target, action: "reboot" })).toEqual(denied);
  }
  expect(ended).toEqual(["db2 uuid-db2 off"]);
  expect(kinds.slice(0, 3)).toEqual([
    "guest.fence-asked db1",
    "guest.fence-done db2",
    "guest.fence-refused db1",
  ]);
  expect(await own.onList("db1")).toEqual(["db2"]);
  expect(await own.onList("db2")).toEqual([]);
});

test("two requests for one VM: the second is about the copy that runs when the first is over", async () => {
  const order: string[] = [];
  let release = (): void => undefined;
  const { own } = service(async () => {
    order.push("begin");
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    order.push("end");
    return { word: "done" };
  });
  const first = own.onFence("db1", { id: "1", target: "db2", action: "reboot" });
  const second = own.onFence("db1", { id: "2", target: "db2", action: "reboot" });
  await Bun.sleep(5);
  expect(order).toEqual(["begin"]);
  release();
  await first;
  await Bun.sleep(5);
  release();
  await second;
  expect(order).toEqual(["begin", "end", "begin", "end"]);
});

test("a guest that is ready is noted before it is told so", () => {
  const { own, kinds } = service(() => Promise.resolve({ word: "done" }));
  own.onReady("web", "7");
  expect([existsSync(join(dir, "ready", "web")), kinds]).toEqual([true, ["guest.ready web"]]);
});
