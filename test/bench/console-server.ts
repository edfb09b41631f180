import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { answerPage } from "../../src/daemon/answer-page.ts";
import { builtConsole } from "../../src/daemon/built-console.ts";
import { ClusterAnswers } from "../../src/daemon/cluster-answers.ts";
import { livePacemaker } from "../../src/pacemaker/live.ts";
import { largeCib } from "./large-cib.ts";

/** A VM as the API tells of it; what else it has goes on as it is. */
interface ToldVm {
  readonly name: string;
  memory: number;
  state: string;
}

const session = { name: "bench", by: "session", role: "operator", node: "node1", csrf: "bench" };

/**
 * Serves the built console and, from memory, what a daemon would tell of 24 nodes and 400 VMs: what is measured with it
 * is the browser's part. The state is that of the large CIB, as Pacemaker reads it, and changes as it is told to.
 */
export class ConsoleServer {
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #status = "";
  #vms: readonly ToldVm[] = [];
  #server: Bun.Server<undefined> | undefined;
  #event = 0;

  async start(): Promise<void> {
    const dir = mkdtempSync(join(tmpdir(), "haven-console-bench-"));
    try {
      const cibFile = join(dir, "cib.xml");
      writeFileSync(cibFile, largeCib());
      const pacemaker = livePacemaker({ cibFile });
      const [status, configuration] = await Promise.all([pacemaker.status(), pacemaker.queryCib()]);
      const snapshot = {
        ...{ status, configuration, quorum: undefined, links: undefined, number: 1 },
        askedAt: systemClock.monotonic(),
      };
      const keeper = {
        ...{ isCurrent: true, last: snapshot, holdsFrom: 0, outdatedUntil: () => undefined },
        current: () => Promise.resolve(snapshot),
      };
      const answers = new ClusterAnswers(keeper, systemClock);
      this.#status = (await answers.answer("status")).json;
      this.#vms = JSON.parse((await answers.answer("vms")).json) as ToldVm[];
    } finally {
      rmSync(dir, { recursive: true });
    }
    const files = builtConsole();
    this.#server = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1", idleTimeout: 0 },
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        return this.#answer(pathname) ?? (await answerPage(request, pathname, files));
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server?.port}`;
  }

  get names(): readonly string[] {
    return this.#vms.map(({ name }) => name);
  }

  /** Changes a VM, and tells whoever follows, as a daemon does. */
  change(at: number, changes: Partial<Omit<ToldVm, "name">>): void {
    const vm = this.#vms[at % this.#vms.length];
    if (vm === undefined) throw new Error("There are no VMs");
    Object.assign(vm, changes);
    const id = ++this.#event;
    const event = {
      ...{ id, key: `bench-${id}`, time: Date.now(), node: "node1", kind: "vm.started", vm: vm.name },
      ...{ text: `${vm.name} is ${vm.state}`, severity: "info" },
    };
    this.#tell(`event: happened\ndata: ${JSON.stringify(event)}\n\nevent: changed\ndata: {}\n\n`);
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
    await this.#server?.stop(true);
  }

  #answer(path: string): Response | undefined {
    const json = (text: string): Response =>
      new Response(text, { headers: { "content-type": "application/json", "haven-age": "0" } });
    if (path === "/v1/session") return Response.json(session);
    if (path === "/v1/status") return json(this.#status);
    if (path === "/v1/vms") return json(JSON.stringify(this.#vms));
    if (path !== "/v1/changes") return undefined;
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#streams.add(controller);
        controller.enqueue(new TextEncoder().encode(": here\n\n"));
      },
      cancel: () => {
        if (own !== undefined) this.#streams.delete(own);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #tell(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (const stream of this.#streams) stream.enqueue(bytes);
  }
}
