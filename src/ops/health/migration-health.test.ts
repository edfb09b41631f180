import { expect, setDefaultTimeout, test } from "bun:test";
import { hostname } from "node:os";
import { smallCib } from "../../../test/support/small-cib.ts";
import { HavenError } from "../../base/errors.ts";
import { connect } from "../../libvirt/connect.ts";
import { FakeServer } from "../../libvirt/fake-server.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { migrationHealth } from "./migration-health.ts";

setDefaultTimeout(60_000);

const uuid = "6f1f1f6e-0000-4000-8000-000000000001";
const cib = Cib.parse(
  smallCib
    .replace("&lt;domain/&gt;", `&lt;domain&gt;&lt;uuid&gt;${uuid}&lt;/uuid&gt;&lt;/domain&gt;`)
    .replace('name="priority" value="1"/>', '$&<nvpair id="mig" name="allow-migrate" value="true"/>')
    .replace(
      '<meta_attributes id-ref="haven-vm-meta"/>',
      '<meta_attributes id="m"><nvpair id="m1" name="allow-migrate" value="true"/></meta_attributes>',
    ),
);
const guest = (cpu: string) =>
  `<domain type='kvm'><name>web</name><uuid>${uuid}</uuid><os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>${cpu}</domain>`;
const custom = "<cpu mode='custom' match='exact'><model>Skylake-Server</model></cpu>";

/** A libvirt that speaks real bytes. */
function libvirt(
  hostUuid: string,
  {
    domain,
    model = "Skylake-Server",
    compare = 2,
  }: { domain?: string; model?: string; compare?: number } = {},
): FakeServer {
  const server = new FakeServer();
  server.on(
    "connectGetCapabilities",
    () => `<capabilities><host><uuid>${hostUuid}</uuid></host></capabilities>`,
  );
  server.on("connectListAllDomains", () =>
    domain === undefined ? { domains: [], ret: 0 } : { domains: [{ name: "web", uuid, id: 1 }], ret: 1 },
  );
  server.on("domainGetState", () => ({ state: 1, reason: 1 }));
  server.on("domainGetXMLDesc", () => domain ?? "");
  server.on(
    "connectGetDomainCapabilities",
    () =>
      `<domainCapabilities><cpu><mode name='host-model' supported='yes'><model>${model}</model></mode></cpu></domainCapabilities>`,
  );
  server.on("connectCompareHypervisorCPU", () => compare);
  return server;
}

async function found(
  servers: Readonly<Record<string, FakeServer | undefined>>,
  busy: readonly string[] = [],
): Promise<readonly string[]> {
  const checks = await migrationHealth({
    ...{ cib, nodes: Object.keys(servers), signal: new AbortController().signal },
    busy: () => Promise.resolve(new Set(busy)),
    openLibvirt: async (node = hostname(), signal) => {
      const server = servers[node];
      if (server === undefined)
        throw new HavenError("libvirt.unreachable", { where: node, why: "it is off" });
      return await connect(server.uri, { timeoutMs: 10_000, signal, keepalive: false });
    },
  });
  return checks.map(({ id, severity, subject = "", text }) => `${id} ${severity} ${subject}: ${text}`);
}

test("a VM that could migrate, and one whose CPU the other node lacks", async () => {
  using node1 = libvirt("a", { domain: guest(custom) });
  using node2 = libvirt("b");
  using old = libvirt("c", { compare: 0 });
  expect(await found({ node1, node2 })).toEqual([
    "migration.vm ok : each of 1 running VMs could migrate to each other node",
  ]);
  expect(await found({ node1, node2, old })).toEqual([
    "migration.vm warning web: could not migrate from node1 to old: The CPU of old lacks features that the running guest has",
  ]);
  expect(await found({ node1, old })).toEqual([
    "migration.vm error web: could not migrate from node1 to no other node: The CPU of old lacks features that the running guest has",
  ]);
});

test("a VM with its server's own CPU, and another server", async () => {
  using node1 = libvirt("a", { domain: guest("<cpu mode='host-passthrough'/>") });
  using node2 = libvirt("b", { model: "EPYC" });
  expect(await found({ node1, node2 })).toEqual([expect.stringContaining("host-passthrough")]);
});

test("two copies, but not while it moves; one host twice; a node that is silent", async () => {
  using node1 = libvirt("a", { domain: guest(custom) });
  using node2 = libvirt("b", { domain: guest(custom) });
  expect((await found({ node1, node2 }))[0]).toBe(
    "vm.copies error web: VM web runs on node1 and node2 at the same time",
  );
  expect((await found({ node1, node2 }, ["vm-web"])).filter((line) => line.startsWith("vm.copies"))).toEqual(
    [],
  );
  using twin = libvirt("a");
  expect((await found({ node1, twin }))[0]).toContain("migration.host error");
  expect((await found({ node1, gone: undefined }))[0]).toContain("migration unknown gone");
  expect(await found({ node1 })).toEqual([]);
});

test("a VM that has gone from one node to the other between two looks is no double", async () => {
  using node1 = libvirt("a", { domain: guest(custom) });
  using node2 = libvirt("b", { domain: guest(custom) });
  let asked = 0;
  // It has left node1 when it is asked again.
  node1.on("domainGetState", () => ({ state: asked++ === 0 ? 1 : 5, reason: 1 }));
  expect((await found({ node1, node2 })).filter((line) => line.startsWith("vm.copies"))).toEqual([]);
  expect(asked).toBe(2);
});
