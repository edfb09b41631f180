import { expect, test } from "bun:test";
import { silentLog } from "../base/log.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { type FencedVm, type FenceWorld, fenceVm } from "./guest-fence.ts";

const vm: FencedVm = { name: "db2", resource: "vm-db2", uuid: "u", action: "reboot" };

/** A cluster of three nodes, of which a test tells what happens when. */
class World implements FenceWorld {
  now = 0;
  readonly log = silentLog;
  readonly signal = new AbortController().signal;
  readonly clock = {
    now: () => this.now,
    monotonic: () => this.now,
    sleep: (ms: number) => {
      this.now += ms;
      this.#due();
      return Promise.resolve();
    },
  };
  readonly did: string[] = [];
  nodes = ["node1", "node2", "node3"].map((name) => ({
    ...{ name, online: true, pending: false, unclean: false, maintenance: false },
  }));
  on: string[] = ["node2"];
  managed = true;
  quorum = true;
  stonithEnabled = true;
  fenced: string[] = [];
  /** Domains by node; "silent" where libvirt does not answer. */
  domains = new Map<string, "there" | "silent">([["node2", "there"]]);
  history = new Map<string, string[]>([
    ["node1", [op("node1", "monitor", 5, "7")]],
    ["node2", [op("node2", "start", 9, "0")]],
    ["node3", [op("node3", "stop", 30, "0")]],
  ]);
  #later: { readonly at: number; readonly what: () => void }[] = [];

  after(ms: number, what: () => void): void {
    this.#later.push({ at: this.now + ms, what });
  }
  #due(): void {
    const due = this.#later.filter(({ at }) => at <= this.now);
    this.#later = this.#later.filter(({ at }) => at > this.now);
    for (const { what } of due) what();
  }
  status(): Promise<ClusterStatus> {
    const { nodes, on, managed, quorum, stonithEnabled, fenced } = this;
    return Promise.resolve({
      ...{ quorum, stonithEnabled, maintenance: false, nodes },
      resources: [{ id: vm.resource, nodes: on, managed, maintenance: false }],
      fenceHistory: fenced.map((completed) => ({
        ...{ action: "reboot", target: "node2", status: "success", completed },
      })),
    } as unknown as ClusterStatus);
  }
  operations(): Promise<readonly XmlElement[]> {
    const text = [...this.history.values()].flat().join("");
    return Promise.resolve(readXml(`<lrm_resource>${text}</lrm_resource>`).all("lrm_rsc_op"));
  }
  destroy(node: string): Promise<boolean | undefined> {
    const there = this.domains.get(node);
    this.did.push(`destroy ${node}`);
    if (there === "silent") return Promise.resolve(undefined);
    return Promise.resolve(this.domains.delete(node));
  }
  fail(_: string, node: string): Promise<void> {
    this.did.push(`fail ${node}`);
    return Promise.resolve();
  }
  keepDown(): Promise<void> {
    this.did.push("keep down");
    return Promise.resolve();
  }
}

function op(node: string, what: string, call: number, rc: string, more = ""): string {
  return `<lrm_rsc_op id="vm-db2_last_0" on_node="${node}" operation="${what}" call-id="${call}" rc-code="${rc}" op-status="${rc === "193" ? -1 : 0}" ${more}/>`;
}

test("it is dead when the agent has looked after it was destroyed, not when libvirt says so", async () => {
  const world = new World();
  world.after(2000, () => world.history.set("node2", [op("node2", "stop", 12, "0")]));
  expect(await fenceVm(vm, world)).toEqual({ word: "done" });
  expect(world.now).toBeGreaterThanOrEqual(2000);
  expect(world.did).toEqual(["destroy node2", "destroy node1", "destroy node3", "fail node2"]);
});

test("what was recorded before, or failed, or is under way is no evidence", async () => {
  const world = new World();
  world.history.set("node2", [op("node2", "start", 9, "0"), op("node2", "monitor", 8, "7")]);
  world.after(1000, () => world.history.set("node2", [op("node2", "stop", 12, "193")]));
  world.after(5000, () => world.history.set("node2", [op("node2", "stop", 12, "1")]));
  expect(await fenceVm(vm, world)).toEqual({ word: "failed", reason: "not-known-to-be-dead" });
  expect(world.did.filter((word) => word === "fail node2").length).toBeGreaterThan(5);
});

test("while it migrates, both ends count", async () => {
  const world = new World();
  const migrating = `migrate_source="node2" migrate_target="node3"`;
  world.history.set("node2", [op("node2", "migrate_to", 11, "193", migrating)]);
  world.domains.set("node3", "there");
  world.after(1000, () => world.history.set("node2", [op("node2", "monitor", 14, "7")]));
  world.after(4000, () => world.history.set("node3", [op("node3", "stop", 33, "0")]));
  expect(await fenceVm(vm, world)).toEqual({ word: "done" });
  expect(world.now).toBeGreaterThanOrEqual(4000);
  expect(world.did.slice(0, 3).sort()).toEqual(["destroy node1", "destroy node2", "destroy node3"].sort());
  expect(world.did[2]).toBe("destroy node1");
});

test("a host that dies: only its fencing is evidence", async () => {
  const world = new World();
  world.domains.set("node2", "silent");
  const [, host] = world.nodes;
  world.after(1000, () => Object.assign(host ?? {}, { online: false, unclean: true }));
  world.after(20_000, () => world.fenced.push("later"));
  expect(await fenceVm(vm, world)).toEqual({ word: "done" });
  expect(world.now).toBeGreaterThanOrEqual(20_000);

  const off = new World();
  const [, gone] = off.nodes;
  off.fenced.push("long ago");
  Object.assign(gone ?? {}, { online: false, unclean: true });
  off.after(3000, () => Object.assign(gone ?? {}, { unclean: false }));
  expect(await fenceVm(vm, off)).toEqual({ word: "done" });
  expect([off.now >= 3000, off.did.includes("destroy node2")]).toEqual([true, false]);
});

test("without fencing, or in a minority, a node that is not heard is not known to be off", async () => {
  for (const change of [{ stonithEnabled: false }, { quorum: false }]) {
    const world = new World();
    const [, host] = world.nodes;
    world.after(250, () => {
      Object.assign(host ?? {}, { online: false });
      Object.assign(world, change);
    });
    expect(await fenceVm(vm, world)).toEqual({ word: "failed", reason: "not-known-to-be-dead" });
  }
});

test("one that does not run is dead already, unless a node is not known not to have it", async () => {
  const world = new World();
  world.on = [];
  world.domains.clear();
  world.history.set("node2", [op("node2", "stop", 12, "0")]);
  expect(await fenceVm(vm, world)).toEqual({ word: "done" });
  expect(world.did).not.toContain("fail node2");

  const unknown = new World();
  unknown.on = [];
  unknown.domains = new Map([["node1", "silent"]]);
  unknown.history.delete("node1");
  unknown.after(7000, () => unknown.history.set("node1", [op("node1", "monitor", 3, "7")]));
  expect(await fenceVm(vm, unknown)).toEqual({ word: "done" });
  expect(unknown.now).toBeGreaterThanOrEqual(7000);
});

test("off keeps it down first; unmanaged or without quorum nothing is begun", async () => {
  const world = new World();
  world.after(1000, () => world.history.set("node2", [op("node2", "stop", 12, "0")]));
  expect(await fenceVm({ ...vm, action: "off" }, world)).toEqual({ word: "done" });
  expect([world.did[0], world.did.includes("fail node2")]).toEqual(["keep down", false]);
  for (const change of ["managed", "quorum"] as const) {
    const refused = new World();
    refused[change] = false;
    expect((await fenceVm(vm, refused)).word).toBe("failed");
    expect(refused.did).toEqual([]);
  }
});
