import type { HavenEvent } from "../../../src/contract/event.ts";
import type { Job } from "../../../src/contract/job.ts";
import type { Role } from "../../../src/contract/role.ts";
import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

export interface LabAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, bytes where it is a picture, else text. */
  // What a test expects of it, it says.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any kind
  readonly body: any;
}

/** A stream of `/v1/changes`. */
export interface Followed {
  /** What it has told to have happened, until now. */
  readonly events: readonly HavenEvent[];
  end(): Promise<void>;
}

const minute = 60_000;

/** The API of a lab's daemons, asked over TLS with a token of its own. */
export class LabApi {
  private constructor(
    private readonly lab: TestLab,
    private readonly name: string,
    readonly token: string,
    /** PEM, of the cluster's authority. */
    readonly ca: string,
  ) {}

  /** Adds a token of that name, and waits until every node takes it. */
  static async open(lab: TestLab, name: string, role: Role): Promise<LabApi> {
    const ca = await lab.run(lab.first().name, ["cat", "/etc/haven/tls/ca.pem"]);
    await lab.tryHaven(["token", "remove", name, "--yes"]);
    const token = (await lab.haven(["token", "add", name, "--role", role, "--yes"])).trim();
    const api = new LabApi(lab, name, token, ca);
    for (const node of lab.names) {
      await waitFor(`the API of ${node}`, minute, async () => {
        return (await api.ask(node, "GET", "/v1/about")).status === 200;
      });
    }
    return api;
  }

  async close(): Promise<void> {
    await this.lab.tryHaven(["token", "remove", this.name, "--yes"]);
  }

  url(node: string, path: string, scheme = "https"): string {
    return `${scheme}://${this.lab.lab.find(node).address}:8470${path}`;
  }

  async ask(
    node: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<LabAnswer> {
    const response = await fetch(this.url(node, path), {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...headers },
      tls: { ca: this.ca },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = response.headers.get("content-type") ?? "";
    const { status, headers: answered } = response;
    if (type.startsWith("image/"))
      return { status, headers: answered, body: new Uint8Array(await response.arrayBuffer()) };
    const text = await response.text();
    return {
      status,
      headers: answered,
      body: type.startsWith("application/json") ? JSON.parse(text) : text,
    };
  }

  /** What a node tells of what happens, from now on. */
  async follow(node: string): Promise<Followed> {
    const stop = new AbortController();
    const response = await fetch(this.url(node, "/v1/changes"), {
      headers: { authorization: `Bearer ${this.token}` },
      tls: { ca: this.ca },
      signal: stop.signal,
    });
    if (response.body === null) throw new Error(`${node}: ${response.status} without a stream`);
    const events: HavenEvent[] = [];
    const { body } = response;
    const read = async (): Promise<void> => {
      let text = "";
      for await (const bytes of body.pipeThrough(new TextDecoderStream())) {
        text += bytes;
        const parts = text.split("\n\n");
        text = parts.pop() ?? "";
        for (const part of parts) {
          const [, data] = /^event: happened\ndata: (.*)$/.exec(part) ?? [];
          if (data !== undefined) events.push(JSON.parse(data) as HavenEvent);
        }
      }
    };
    const ended = read().catch(() => undefined);
    return {
      events,
      async end() {
        stop.abort();
        await ended;
      },
    };
  }

  /** Asks the first node, and waits for the job. */
  async done(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Job> {
    const node = this.lab.first().name;
    const begun = await this.ask(node, method, path, body, headers);
    if (begun.status !== 202) throw new Error(`${path}: ${begun.status} ${JSON.stringify(begun.body)}`);
    return await waitFor(`${method} ${path}`, 4 * minute, async () => {
      const { body: job } = await this.ask(node, "GET", `/v1/jobs/${begun.body.id}`);
      return job.state === "running" ? undefined : (job as Job);
    });
  }
}
