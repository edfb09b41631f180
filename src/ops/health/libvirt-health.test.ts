import { expect, test } from "bun:test";
import { smallCib } from "../../../test/support/small-cib.ts";
import { localNode } from "../../host/local-node.ts";
import { connect } from "../../libvirt/connect.ts";
import { FakeServer, noAnswer } from "../../libvirt/fake-server.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { domainHealth, type LocalDomain, libvirtHealth } from "./libvirt-health.ts";
import type { NodeContext } from "./node-context.ts";

const uuid = "6f1f1f6e-0000-4000-8000-000000000001";
const cib = Cib.parse(
  smallCib
    .replace("&lt;domain/&gt;", `&lt;domain&gt;&lt;uuid&gt;${uuid}&lt;/uuid&gt;&lt;/domain&gt;`)
    .replace(
      '<primitive id="ip" ',
      '<primitive id="old" class="ocf" provider="heartbeat" type="VirtualDomain"><instance_attributes id="old-p">' +
        '<nvpair id="old-c" name="config" value="/etc/libvirt/qemu/old.xml"/></instance_attributes></primitive>$&',
    ),
);
const domain = (name: string, more: Partial<LocalDomain> = {}): LocalDomain => ({
  ...{ name, uuid: crypto.randomUUID(), active: true, persistent: false, autostart: false },
  ...more,
});

test("what libvirt has beside the cluster's VMs", () => {
  const found = (domains: readonly LocalDomain[]) =>
    domainHealth(domains, cib).map(({ id, subject, severity }) => [id, subject, severity]);
  expect(found([domain("web", { uuid }), domain("old")])).toEqual([["leftover.domain", undefined, "ok"]]);
  expect(found([domain("web", { uuid, persistent: true, active: false })])).toEqual([
    ["leftover.definition", "web", "warning"],
  ]);
  expect(found([domain("web", { persistent: true, autostart: true })])).toEqual([
    ["leftover.definition", "web", "error"],
  ]);
  expect(found([domain("mine"), domain("off", { active: false, persistent: true })])).toEqual([
    ["leftover.domain", "mine", "warning"],
  ]);
  expect(domainHealth([domain("mine")], undefined)).toEqual([]);
});

test("a libvirt that answers, one that promises too much, one that hangs", async () => {
  using server = new FakeServer();
  const info = {
    model: "x86_64",
    memory: 4_194_304,
    cpus: 4,
    mhz: 1,
    nodes: 1,
    sockets: 1,
    cores: 4,
    threads: 1,
  };
  server.on("nodeGetInfo", () => info);
  server.on("connectListAllDomains", () => ({ domains: [{ name: "mine", uuid, id: 1 }], ret: 1 }));
  const context = (timeoutMs: number): NodeContext => ({
    ...{ node: "node1", cib: Cib.parse(smallCib), settings: {}, corosync: undefined, hello: undefined },
    ...{
      clock: { now: Date.now } as NodeContext["clock"],
      signal: new AbortController().signal,
      host: localNode(),
    },
    pacemaker: { links: () => Promise.resolve(undefined) },
    openLibvirt: (_node, signal) => connect(server.uri, { timeoutMs, signal, keepalive: false }),
  });
  const { signal } = new AbortController();
  const found = await libvirtHealth(context(10_000), signal);
  expect(found.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
    "libvirt ok",
    "memory warning",
    "leftover.domain warning",
  ]);
  server.on("authList", () => noAnswer);
  expect(await libvirtHealth(context(200), signal)).toMatchObject([
    { id: "libvirt", severity: "error", text: expect.stringContaining("does not answer") },
  ]);
}, 60_000);
