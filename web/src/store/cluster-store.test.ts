import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import type { Vm } from "../api/answers.ts";
import { ApiClient, type Fetch } from "../api/api-client.ts";
import { ClusterStore } from "./cluster-store.ts";

/** A node that answers, and tells changes as the test wants it to. */
class FakeNode {
  vms: Partial<Vm>[] = [];
  status = 200;
  readonly asked: string[] = [];
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch: Fetch = (path, init) => {
    this.asked.push(path);
    if (this.status === 0) return Promise.reject(new TypeError("Failed to fetch"));
    if (this.status !== 200) {
      const error = { code: "api.session", message: "The session has ended" };
      return Promise.resolve(Response.json({ error }, { status: this.status }));
    }
    if (path !== "/v1/changes") return Promise.resolve(Response.json(path === "/v1/vms" ? this.vms : report));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
        init.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    return Promise.resolve(new Response(body));
  };

  tell(event: string, data: unknown): void {
    this.#stream?.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  hangUp(): void {
    this.#stream?.close();
  }

  count(path: string): number {
    return this.asked.filter((one) => one === path).length;
  }
}

const report = {
  cluster: {
    ...{ quorum: true, maintenance: false, fencingEnabled: true },
    ...{ nodesOnline: 0, nodesTotal: 0, vmsRunning: 0, vmsTotal: 0 },
  },
  ...{ healthy: true, problems: [], nodes: [] },
};

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (holds()) return;
    await Bun.sleep(2);
  }
  throw new Error("It did not become so");
}

function begin(node: FakeNode, silenceMs = 40_000) {
  const waits: number[] = [];
  const end = new AbortController();
  const store = new ClusterStore({
    ...{ client: new ApiClient(node.fetch), silenceMs, now: () => 1000 },
    sleep: async (ms) => {
      waits.push(ms);
      await Bun.sleep(1);
    },
  });
  const running = store.run(end.signal);
  return { store, waits, running, end: () => end.abort() };
}

test("the state is read once, and again when it has changed, however often that is told", async () => {
  const node = new FakeNode();
  node.vms = [answeredVm("web1")];
  const { store, end } = begin(node);
  await until(() => store.state().connection === "live");
  expect(store.state()).toMatchObject({ lastSeen: 1000, vms: [{ name: "web1" }], status: { healthy: true } });
  await Bun.sleep(20);
  // At once, and when changes are told from there on.
  expect(node.count("/v1/vms")).toBe(2);
  const { status } = store.state();
  node.vms = [answeredVm("web1"), answeredVm("web2")];
  for (let i = 0; i < 50; i++) node.tell("changed", {});
  await until(() => store.state().vms.length === 2);
  expect(node.count("/v1/vms")).toBeLessThan(10);
  // What says the same is drawn once.
  expect(store.state().status).toBe(status);
  end();
});

test("events are kept as they come, and what is none is left out", async () => {
  const node = new FakeNode();
  const { store, end } = begin(node);
  await until(() => store.state().connection === "live");
  node.tell("happened", { kind: "vm.started" });
  node.tell("happened", {
    ...{ id: 1, key: "a", time: 5, node: "node1", kind: "vm.started", text: "web1 has started" },
    severity: "info",
  });
  await until(() => store.state().events.length > 0);
  expect(store.state().events.map(({ text }) => text)).toEqual(["web1 has started"]);
  end();
});

test("a lost connection is said, opened again after longer and longer waits, and all is read anew", async () => {
  const node = new FakeNode();
  node.vms = [answeredVm("web1")];
  const { store, waits, end } = begin(node);
  await until(() => store.state().connection === "live");
  node.status = 0;
  node.hangUp();
  await until(() => waits.length >= 4);
  expect(store.state()).toMatchObject({ connection: "lost", problem: "This node does not answer" });
  // Old, and shown as that.
  expect(store.state().vms).toHaveLength(1);
  expect(waits.slice(0, 4)).toEqual([500, 1000, 2000, 4000]);
  node.vms = [];
  node.status = 200;
  await until(() => store.state().connection === "live");
  expect(store.state()).toMatchObject({ vms: [], problem: undefined });
  end();
});

test("a node that says nothing any more counts as lost", async () => {
  const node = new FakeNode();
  const { store, end } = begin(node, 20);
  await until(() => store.state().connection === "live");
  await until(() => store.state().connection === "lost");
  await until(() => node.count("/v1/changes") > 1);
  end();
});

test("who is not logged in any more is not asked for again", async () => {
  const node = new FakeNode();
  node.status = 401;
  const { store, running } = begin(node);
  await running;
  expect(store.state()).toMatchObject({ connection: "lost", problem: "The session has ended" });
  expect(node.count("/v1/changes")).toBe(1);
});

test("what is told of a job reaches who waits for it; while there is no stream he is told so", async () => {
  const node = new FakeNode();
  const client = new ApiClient(node.fetch);
  const end = new AbortController();
  const store = new ClusterStore({ client, sleep: () => Bun.sleep(1) });
  void store.run(end.signal);
  await until(() => client.jobs.isLive);
  const [one, other] = [client.jobs.next("one"), client.jobs.next("other")];
  node.tell("job", { id: "one", state: "done" });
  await one.told;
  expect(client.jobs.isLive).toBe(true);
  node.status = 0;
  node.hangUp();
  await other.told;
  expect(client.jobs.isLive).toBe(false);
  end.abort();
});
