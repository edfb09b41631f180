import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { type ExecOptions, type ExecResult, exec } from "../../src/base/exec.ts";
import { createLog } from "../../src/base/log.ts";
import type { ClusterEvent } from "../../src/contract/event.ts";
import type { Job } from "../../src/contract/job.ts";
import { isRole, type Role, roles } from "../../src/contract/role.ts";
import { ChangeStreams } from "../../src/daemon/change-streams.ts";
import { ClusterAnswers } from "../../src/daemon/cluster-answers.ts";
import { Heartbeats } from "../../src/daemon/heartbeats.ts";
import type { LoginAnswer } from "../../src/daemon/login-messages.ts";
import { Metrics } from "../../src/daemon/metrics/metrics.ts";
import { runApi } from "../../src/daemon/run-api.ts";
import type { Snapshot } from "../../src/daemon/status-keeper.ts";
import { ensureAuthority } from "../../src/host/authority.ts";
import { ensureNodeCertificate, nodeTlsPaths } from "../../src/host/node-certificate.ts";
import { tokenDigest, writeToken } from "../../src/ops/tokens-in-cib.ts";
import { changeCib } from "../../src/pacemaker/change-cib.ts";
import { livePacemaker } from "../../src/pacemaker/live.ts";
import { directoryNode } from "./directory-node.ts";
import { VmCibFile } from "./vm-cib-file.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // What a test expects of it, it says.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any kind
  readonly body: any;
  readonly code: string | undefined;
}

/** With it whoever is named as a role logs in as that. */
export const filePassword = "correct horse";

/** The API over TLS on the CIB of a file, with a token and a user for each role; the console, too, where it is built. */
export class ApiOnFile {
  readonly lines: string[] = [];
  readonly file: VmCibFile;
  /** What has happened. */
  readonly events: ClusterEvent[] = [];
  /** What is asked of events is answered so late. */
  eventsAfterMs = 0;
  readonly #dir = mkdtempSync(join(tmpdir(), "haven-api-file-"));
  readonly #end = new AbortController();
  readonly #changes = new ChangeStreams();
  #running: Promise<void> | undefined;
  #port = 0;
  #ca = "";
  #number = 1;

  constructor() {
    this.file = new VmCibFile(join(this.#dir, "cib.xml"));
  }

  static token(role: Role): string {
    return `haven_${role.padEnd(43, "x")}`;
  }

  /** Three nodes with nothing on them, and the tokens. */
  async reset(): Promise<void> {
    this.file.reset();
    const pacemaker = livePacemaker({ cibFile: this.file.path });
    await changeCib(
      { pacemaker },
      (editor) => {
        for (const role of roles) {
          const sha256 = tokenDigest(ApiOnFile.token(role));
          writeToken(editor, role, { role, sha256, created: "2026-11-27T12:00:00Z", expires: undefined });
        }
      },
      { simulate: false },
    );
  }

  async start(): Promise<void> {
    await this.reset();
    const dir = this.#dir;
    const node = directoryNode("node1", dir);
    await node.writeFile("/etc/haven/ca/none", "");
    const { authority } = await ensureAuthority(node, "test");
    const certificate = { name: "node1", addresses: ["127.0.0.1"], qemuGroup: undefined, now: Date.now() };
    await ensureNodeCertificate(node, authority, certificate);
    this.#ca = authority.certificate;
    const served = Promise.withResolvers<number>();
    const pacemaker = livePacemaker({ cibFile: this.file.path, exec: oneAtATime(withAgents) });
    const keeper = {
      ...{ isCurrent: false, last: undefined, holdsFrom: 0, outdatedUntil: () => undefined },
      current: async (): Promise<Snapshot> => ({
        ...{ status: await pacemaker.status(), quorum: undefined, links: undefined },
        configuration: await pacemaker.queryCib(),
        ...{ number: this.#number++, askedAt: systemClock.monotonic() },
      }),
    };
    const answers = new ClusterAnswers(keeper, systemClock);
    const heartbeats = new Heartbeats(systemClock);
    const metrics = new Metrics({ node: "node1", answers, heartbeats, ranOn: () => [], clock: systemClock });
    this.#running = runApi({
      ...{ port: 0, address: "127.0.0.1", keeper, changes: this.#changes, clock: systemClock },
      ...{ signal: this.#end.signal, pacemaker },
      about: { node: "node1", since: "2026-11-27T12:00:00.000Z" },
      ...{ answers, metrics },
      events: {
        report: async () => {
          await Bun.sleep(this.eventsAfterMs);
          return { nodes: ["node1"], silent: [], events: this.events };
        },
      },
      loginCheck: {
        account: (user) => Promise.resolve(accountOf(user)),
        password: (user, _address, shown) =>
          Promise.resolve(
            Buffer.from(shown).toString("utf8") === filePassword
              ? accountOf(user)
              : { is: "refused", at: "password", why: "Authentication failure", known: isRole(user) },
          ),
      },
      history: { record: () => undefined },
      peers: { open: () => Promise.reject(new Error("There are no others")) },
      log: createLog((line) => this.lines.push(line), "debug"),
      files: {
        key: join(dir, nodeTlsPaths.key),
        certificate: join(dir, nodeTlsPaths.certificate),
        authority: "",
      },
      onServed: served.resolve,
    });
    this.#port = await served.promise;
  }

  async stop(): Promise<void> {
    this.#end.abort();
    this.#changes.close();
    await this.#running;
    rmSync(this.#dir, { recursive: true });
  }

  /** Where a browser finds it. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Tells who follows the changes that the state is another one; a file tells nobody by itself. */
  tell(): void {
    this.#changes.tell("changed", "{}");
  }

  /** Asks with the token of a role, or with none. A body that is no text is sent as JSON. */
  async ask(
    role: Role | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const access: Record<string, string> =
      role === undefined ? {} : { authorization: `Bearer ${ApiOnFile.token(role)}` };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`https://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: { ...access, ...headers },
      tls: { ca: this.#ca },
      ...(body === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    const parsed: unknown = isJson ? JSON.parse(answer) : answer;
    const code = (parsed as { error?: { code?: string } } | null)?.error?.code;
    return { status: response.status, headers: response.headers, body: parsed, code };
  }

  /** Posts, and waits for the job to end. */
  async job(
    role: Role,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered & { readonly job: Job }> {
    const begun = await this.ask(role, method, path, body, headers);
    if (begun.status !== 202) throw new Error(`${path}: ${begun.status} ${JSON.stringify(begun.body)}`);
    return { ...begun, job: await this.ended(begun.body.id) };
  }

  /** A job that has ended. */
  async ended(id: string): Promise<Job> {
    for (;;) {
      const { body: job } = await this.ask("viewer", "GET", `/v1/jobs/${id}`);
      if (job.state !== "running") return job;
      await Bun.sleep(20);
    }
  }
}

function accountOf(user: string): LoginAnswer {
  return isRole(user)
    ? { is: "valid", user, role: user }
    : { is: "refused", at: "account", why: "User unknown", known: false };
}

type Exec = typeof withAgents;

/** A file has no cluster behind it that would see to it that changes are whole. */
function oneAtATime(run: Exec): Exec {
  let before: Promise<unknown> = Promise.resolve();
  return (argv, options) => {
    const result = before.then(() => run(argv, options));
    before = result.catch(() => undefined);
    return result;
  };
}

const ipmi = ["ip", "username", "password"].map(
  (name) => `<parameter name="${name}"><content type="string"/><shortdesc>Words</shortdesc></parameter>`,
);

/** Runs programs; the one that asks fence agents answers for fence_ipmilan, which is the only one. */
async function withAgents(argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
  if (argv[0] !== "stonith_admin") return await exec(argv, options);
  const done = (code: number, stdout: string): ExecResult => ({ code, stdout, stderr: "", signal: null });
  if (argv.includes("--list-installed")) return done(0, "fence_ipmilan\n");
  const metadata = `<resource-agent name="fence_ipmilan"><parameters>${ipmi.join("")}</parameters></resource-agent>`;
  return argv.includes("fence_ipmilan") ? done(0, metadata) : done(105, "");
}
