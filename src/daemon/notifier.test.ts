import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyOf, type SmtpSink, smtpSink, subjectOf } from "../../test/support/smtp-sink.ts";
import { systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { poll } from "../base/poll.ts";
import type { EventKind, NewEvent } from "../contract/event.ts";
import { EventStore } from "../history/event-store.ts";
import { webhookSignature } from "../notify/send-webhook.ts";
import { escapeXml } from "../xml/write.ts";
import { ClusterVms } from "./cluster-vms.ts";
import { Notifier } from "./notifier.ts";

const paces = {
  mail: { gapMs: 300, busyGapMs: 300, most: 1000 },
  webhook: { gapMs: 0, busyGapMs: 10, most: 100 },
} as const;

/** Nothing comes so long after what has come, milliseconds. */
const quietMs = 500;

let root = "";
let sink: SmtpSink;
let store: EventStore;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "haven-notifier-"));
  sink = await smtpSink();
  store = EventStore.open(join(root, "events.db"));
});
afterEach(() => {
  sink.close();
  store.close();
  rmSync(root, { recursive: true });
});

const mailTo = (port: number, more: object = {}): object => ({
  mail: {
    server: `127.0.0.1:${port}`,
    from: "haven@example.org",
    to: ["ops@example.org"],
    tls: "none",
    ...more,
  },
});

function configuration(settings: object, vms: Readonly<Record<string, object>> = {}): string {
  const pair = (id: string, name: string, value: string): string =>
    `<nvpair id="${id}" name="${name}" value="${escapeXml(value)}"/>`;
  const all = Object.entries(settings).map(([name, value]) =>
    pair(`hs-${name}`, name, JSON.stringify(value)),
  );
  const resources = Object.entries(vms).map(([name, policies]) => {
    const spec = JSON.stringify({ name, uuid: crypto.randomUUID(), policies });
    return `<primitive id="vm-${name}" class="ocf" provider="haven" type="Domain"><instance_attributes id="p-${name}">${pair(`s-${name}`, "spec", spec)}</instance_attributes></primitive>`;
  });
  return `<cib><configuration><crm_config>
    <cluster_property_set id="cib-bootstrap-options">${pair("cn", "cluster-name", "prod")}</cluster_property_set>
    <cluster_property_set id="haven-settings">${all.join("")}</cluster_property_set></crm_config><nodes/>
    <resources>${resources.join("")}</resources><constraints/></configuration><status/></cib>`;
}

const happened = (kind: EventKind, text: string, more: Partial<NewEvent> = {}): void =>
  store.record({ time: Date.now(), node: "node1", kind, text, ...more });
const started = (vm: string): void => happened("vm.started", `${vm} started on node1`, { vm });

interface World {
  readonly text: () => string;
  readonly node?: string;
  readonly dc?: string;
  readonly offline?: readonly string[];
  readonly now?: () => number;
  /** How long mail is gathered. */
  readonly gapMs?: number;
}

/** A notifier that runs, and what it logs. */
function begin({ text, node = "node1", dc = "node1", offline = [], now = Date.now, gapMs }: World) {
  const controller = new AbortController();
  const logged: string[] = [];
  const log = {
    ...silentLog,
    info: (line: string) => void logged.push(line),
    warn: (line: string) => void logged.push(line),
  };
  const nodes = ["node1", "node2", "node3"].map((name) => ({
    ...{ name, online: !offline.includes(name), dc: name === dc },
  }));
  const own = new Notifier({
    ...{ vms: new ClusterVms(), path: join(root, "events.db"), node, log, signal: controller.signal },
    paces: gapMs === undefined ? paces : { ...paces, mail: { ...paces.mail, gapMs } },
    clock: { ...systemClock, now },
    current: async () => ({ configuration: text(), status: { nodes } }),
    record: ({ kind, text: line }) => happened(kind, line),
  });
  const running = own.run();
  const end = async (): Promise<void> => {
    controller.abort();
    await running;
  };
  return { own, logged, end };
}

const mails = (count: number): Promise<unknown> =>
  poll(() => sink.mails.length >= count, { timeoutMs: 8000, intervalMs: 10 });

describe("mail", () => {
  test("of one event at once, of a flood as a digest that lists it", async () => {
    const config = configuration(mailTo(sink.port), { web: {}, db: {} });
    // Writing the flood takes a while on a disk that is busy.
    const { own, end } = begin({ text: () => config, gapMs: 2500 });
    await Bun.sleep(100);
    started("web");
    own.heard();
    await mails(1);
    for (let i = 0; i < 20; i++) started(`vm${i}`);
    happened("vm.gone", "db is gone from node1", { vm: "db" });
    own.heard();
    await mails(2);
    await Bun.sleep(quietMs);
    await end();
    expect(sink.mails.map(subjectOf)).toEqual([
      "[prod][VM:web] web started on node1",
      "[prod][VM:vm0,vm1,vm2,+18] 21 events: 20 started, 1 gone",
    ]);
    const body = bodyOf(sink.mails[1] ?? { text: "" });
    for (let i = 0; i < 20; i++) expect(body).toContain(`vm${i} started on node1`);
    expect(body).toContain("haven vm log db");
  }, 20_000);

  test("goes to whom a VM names, of what it names", async () => {
    const config = configuration(mailTo(sink.port, { on: ["stop", "fencing"] }), {
      own: { mail: { to: ["owner@example.org"], on: ["start"] } },
      none: { mail: [] },
      plain: {},
      broken: { mail: ["x@y.org\r\nBcc: z@z.org"] },
    });
    const { own, end } = begin({ text: () => config });
    for (const vm of ["own", "none", "plain", "broken"]) {
      started(vm);
      happened("vm.stopped", `${vm} stopped`, { vm });
    }
    happened("change.made", "anna: haven vm stop web");
    own.heard();
    await mails(2);
    await Bun.sleep(quietMs);
    await end();
    const got = sink.mails.map((mail) => `${mail.to.join()}: ${subjectOf(mail)}`);
    expect(got.sort()).toEqual([
      "ops@example.org: [prod][VM:plain,broken] 2 events: 2 stopped",
      "owner@example.org: [prod][VM:own] own started on node1",
    ]);
  }, 20_000);

  test("is neither lost nor repeated when the daemon ends; nothing old is sent", async () => {
    const config = configuration(mailTo(sink.port));
    started("before");
    const first = begin({ text: () => config });
    await mails(1);
    await first.end();
    started("between");
    happened("vm.started", "long ago", { vm: "old", time: Date.now() - 3 * 3_600_000 });
    const second = begin({ text: () => config });
    await mails(2);
    await Bun.sleep(quietMs);
    await second.end();
    const third = begin({ text: () => config });
    await Bun.sleep(quietMs);
    await third.end();
    expect(sink.mails.map(subjectOf)).toEqual([
      "[prod][VM:before] before started on node1",
      "[prod][VM:between] between started on node1",
    ]);
  }, 20_000);

  test("waits for a server that is down, also across an end of the daemon, and then comes once", async () => {
    const dead = configuration(mailTo(1));
    let config = dead;
    const first = begin({ text: () => config });
    started("web");
    first.own.heard();
    await poll(() => first.logged.length > 0, { timeoutMs: 3000, intervalMs: 10 });
    expect(first.logged.join()).toContain("Mail is not taken, and tried again");
    await first.end();
    config = configuration(mailTo(sink.port));
    const second = begin({ text: () => config });
    await mails(1);
    await Bun.sleep(quietMs);
    await second.end();
    expect(sink.mails.map(subjectOf)).toEqual(["[prod][VM:web] web started on node1"]);
  }, 20_000);

  test("that could not be sent in time is counted in one event", async () => {
    let ahead = 0;
    const config = configuration(mailTo(1));
    const { own, end } = begin({ text: () => config, now: () => Date.now() + ahead });
    for (let i = 0; i < 5; i++) started(`vm${i}`);
    own.heard();
    await Bun.sleep(200);
    ahead = 2.1 * 3_600_000;
    happened("vm.started", "last started", { vm: "last", time: Date.now() + ahead });
    own.heard();
    await poll(() => store.query({ kind: "notice." }).length > 0, { timeoutMs: 3000, intervalMs: 10 });
    await Bun.sleep(100);
    await end();
    expect(store.query({ kind: "notice." })).toMatchObject([
      { kind: "notice.unsent", text: expect.stringMatching(/^Mail: 5 events could not be sent: /) },
    ]);
  }, 20_000);

  test("has no line of its head from names or texts of events", async () => {
    const config = configuration(mailTo(sink.port, { subject: "[HA][VM:%vm%] " })).replace(
      '"prod"',
      '"pr&#10;Bcc: a@b.org"',
    );
    const { own, end } = begin({ text: () => config });
    const bad = "x\r\nBcc: evil@example.org\r\n\r\n.\r\nMAIL FROM:<a@b.c>";
    happened("vm.gone", bad, { vm: bad, node: bad });
    own.heard();
    await mails(1);
    await Bun.sleep(100);
    await end();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]).toMatchObject({ from: "haven@example.org", to: ["ops@example.org"] });
    const [head = ""] = (sink.mails[0]?.text ?? "").split("\n\n");
    expect(head.split("\n").filter((line) => /^(bcc|mail|\.)/i.test(line))).toEqual([]);
    expect(subjectOf(sink.mails[0] ?? { text: "" })).toMatch(/^\[HA\]\[VM:x Bcc: evil/);
    // No line to type has such a name in it.
    expect(bodyOf(sink.mails[0] ?? { text: "" })).toContain("next:\n  haven status\n");
  }, 20_000);
});

describe("a fencing, of which every node hears", () => {
  const fenced = (more: Partial<NewEvent> = {}, data: object = {}): void =>
    happened("fence.succeeded", "Fencing of node3 (off) by node2 succeeded", {
      ...{ node: "node3", data: { by: "node2", origin: "node1", ref: "r1", ...data } },
      ...more,
    });
  const subjectsOn = async (world: Omit<World, "text">): Promise<readonly string[]> => {
    const config = configuration(mailTo(sink.port));
    const { end } = begin({ text: () => config, ...world });
    await Bun.sleep(quietMs);
    await end();
    return sink.mails.map(subjectOf);
  };

  test("is told by the node that carried it out, once, though it is heard again", async () => {
    fenced();
    fenced();
    expect(await subjectsOn({ node: "node2" })).toEqual(["[prod] Fencing of node3 (off) by node2 succeeded"]);
  }, 20_000);

  test("and by no other", async () => {
    fenced();
    expect(await subjectsOn({ node: "node1" })).toEqual([]);
  }, 20_000);

  test("when that one has died since, by the node that coordinates, under the same name", async () => {
    fenced({ time: Date.now() - 61_000 });
    expect(await subjectsOn({ node: "node1", offline: ["node2", "node3"], dc: "node3" })).toEqual([]);
    fenced({ time: Date.now() - 61_000 }, { ref: "r2" });
    expect(await subjectsOn({ node: "node1", offline: ["node2", "node3"] })).toHaveLength(1);
    expect(await subjectsOn({ node: "node1", offline: ["node2", "node3"] })).toHaveLength(1);
  }, 20_000);

  test("for which nobody was found is told by the node that asked for it", async () => {
    fenced({ kind: "fence.failed" }, { by: "<anyone>" });
    expect(await subjectsOn({ node: "node1" })).toHaveLength(1);
  }, 20_000);
});

describe("a webhook", () => {
  interface Got {
    readonly body: string;
    readonly headers: Headers;
  }
  const got: Got[] = [];
  let answers: (() => Response)[] = [];
  let server: ReturnType<typeof Bun.serve>;
  beforeEach(() => {
    got.length = 0;
    answers = [];
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        got.push({ body: await request.text(), headers: request.headers });
        return (answers.shift() ?? (() => new Response("ok")))();
      },
    });
  });
  afterEach(() => server.stop(true));

  test("gets JSON of its schema that is signed, and no redirect is followed", async () => {
    const secretFile = join(root, "secret");
    writeFileSync(secretFile, "s3cret\n", { mode: 0o600 });
    const url = `http://127.0.0.1:${server.port}/hook`;
    const config = configuration({ webhooks: [{ url, "secret-file": secretFile, on: ["start"] }] });
    answers = [() => Response.redirect("/elsewhere"), () => new Response("")];
    const { own, logged, end } = begin({ text: () => config });
    started("one");
    own.heard();
    await poll(() => got.length === 1, { timeoutMs: 3000, intervalMs: 10 });
    await Bun.sleep(100);
    started("two");
    happened("vm.stopped", "two stopped", { vm: "two" });
    own.heard();
    await poll(() => got.length === 2, { timeoutMs: 3000, intervalMs: 10 });
    await Bun.sleep(100);
    await end();
    expect(got).toHaveLength(2);
    const [, { body, headers } = { body: "", headers: new Headers() }] = got;
    const { webhookBody } = await import("../contract/webhook-body.ts");
    expect(webhookBody.parse(JSON.parse(body))).toMatchObject({
      ...{ cluster: "prod", sender: "node1", test: false },
      events: [{ kind: "vm.started", vm: "two", topics: ["start"] }],
    });
    const time = Number(headers.get("haven-timestamp"));
    expect(headers.get("haven-signature")).toBe(webhookSignature("s3cret", time, body));
    expect(store.query({ kind: "notice." }).map(({ text }) => text)).toEqual([
      `The webhook at 127.0.0.1:${server.port}: 1 event could not be sent: HTTP 302: a redirect, which is not followed`,
    ]);
    expect(logged.join("\n") + JSON.stringify(store.query())).not.toContain("s3cret");
  }, 20_000);

  test("that is busy or gone is tried again, with the same name", async () => {
    const config = configuration({ webhooks: [{ url: `http://127.0.0.1:${server.port}/` }] });
    answers = [() => new Response("busy", { status: 503 })];
    const first = begin({ text: () => config });
    started("one");
    first.own.heard();
    await poll(() => got.length === 1, { timeoutMs: 3000, intervalMs: 10 });
    await Bun.sleep(100);
    await first.end();
    const second = begin({ text: () => config });
    await poll(() => got.length === 2, { timeoutMs: 3000, intervalMs: 10 });
    await Bun.sleep(100);
    await second.end();
    expect(got).toHaveLength(2);
    expect(new Set(got.map(({ headers }) => headers.get("haven-delivery"))).size).toBe(1);
  }, 20_000);
});
