import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Libvirt } from "./client.ts";
import { connect } from "./connect.ts";
import { lifecycleEvent, migrateFlag, stoppedDetail } from "./constants.ts";
import { type DomainEventName, type DomainEvents, domainEvents } from "./events.ts";
import { FakeServer, noAnswer } from "./fake-server.ts";
import { messageType } from "./frames.ts";

const web = { name: "web", uuid: "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f", id: 3 };

let server: FakeServer;
let libvirt: Libvirt;

beforeEach(async () => {
  server = new FakeServer();
  libvirt = await connect(server.uri, { keepalive: false, timeoutMs: 2000 });
});

afterEach(async () => {
  await libvirt.close();
  server[Symbol.dispose]();
});

const samples: DomainEvents = {
  lifecycle: { dom: web, event: lifecycleEvent.stopped, detail: stoppedDetail.failed },
  reboot: { dom: web },
  watchdog: { dom: web, action: 2 },
  ioError: { dom: web, srcPath: "/srv/shared/a", devAlias: "virtio-disk0", action: 1 },
  ioErrorReason: { dom: web, srcPath: "/srv/a", devAlias: "virtio-disk0", action: 1, reason: "enospc" },
  controlError: { dom: web },
  balloonChange: { dom: web, actual: 65_536 },
  deviceAdded: { dom: web, devAlias: "net1" },
  deviceRemoved: { dom: web, devAlias: "net1" },
  deviceRemovalFailed: { dom: web, devAlias: "net1" },
  blockJob: { dom: web, dst: "vda", type: 1, status: 3 },
  agentLifecycle: { dom: web, state: 1, reason: 2 },
  migrationIteration: { dom: web, iteration: 4 },
  jobCompleted: { dom: web, params: new Map([["time_elapsed", 1200]]) },
};

describe("events", () => {
  test.each(Object.keys(samples) as DomainEventName[])("%s", async (name) => {
    const asked: unknown[] = [];
    server.on("connectDomainEventCallbackRegisterAny", (args) => {
      asked.push(...args);
      return 7;
    });
    server.on("connectDomainEventCallbackDeregisterAny", () => undefined);
    const heard: unknown[] = [];
    const id = await libvirt.connectDomainEventRegisterAny(name, (event) => heard.push(event), web);
    server.peer.event(name, 7, samples[name]);
    server.peer.event(name, 8, samples[name]);
    await Bun.sleep(5);
    await libvirt.connectDomainEventDeregisterAny(id);
    server.peer.event(name, 7, samples[name]);
    await Bun.sleep(5);
    expect(asked).toEqual([domainEvents[name].id, web]);
    expect(heard).toEqual([samples[name]]);
  });

  test("one that overtakes the answer to its registration is heard", async () => {
    server.on("connectDomainEventCallbackRegisterAny", (_args, peer) => {
      peer.event("reboot", 7, samples.reboot);
      return 7;
    });
    const heard: unknown[] = [];
    await libvirt.connectDomainEventRegisterAny("reboot", (event) => heard.push(event));
    expect(heard).toEqual([samples.reboot]);
  });

  test("one that comes in the same piece as the answer is heard", async () => {
    server.on("connectDomainEventCallbackRegisterAny", (_args, peer, header) => {
      peer.packet({ ...header, type: messageType.reply }, (writer) => writer.int32(7));
      peer.event("reboot", 7, samples.reboot);
      return noAnswer;
    });
    const heard: unknown[] = [];
    await libvirt.connectDomainEventRegisterAny("reboot", (event) => heard.push(event));
    await Bun.sleep(5);
    expect(heard).toEqual([samples.reboot]);
  });
});

describe("migration", () => {
  test("peer to peer is added, no cookie is sent, parameters have their kinds", async () => {
    const sent: unknown[] = [];
    server.on("domainMigratePerform3Params", (args) => {
      sent.push(...args);
      return new Uint8Array(0);
    });
    const flags = migrateFlag.live | migrateFlag.autoConverge;
    await libvirt.domainMigrateToURI3(web, "qemu+tls://node2/system", { bandwidth: 50 }, flags);
    expect(sent).toEqual([
      web,
      "qemu+tls://node2/system",
      [{ field: "bandwidth", kind: "ullong", value: 50 }],
      new Uint8Array(0),
      flags | migrateFlag.peer2peer,
    ]);
  });

  test.each(["qemu:///system", "qemu+tls://localhost/system", "qemu+tls://localhost:16514/system", "node2"])(
    "%p is not another host",
    async (destination) => {
      await expect(libvirt.domainMigrateToURI3(web, destination, {}, 0)).rejects.toMatchObject({
        code: "input.invalid",
      });
    },
  );

  test.each(["qemu+tls://[fd00::2]/system", "qemu+tls://node2:16514/system", "xen+tls://10.0.0.2/"])(
    "%p is",
    async (destination) => {
      server.on("domainMigratePerform3Params", () => new Uint8Array(0));
      await libvirt.domainMigrateToURI3(web, destination, {}, 0);
    },
  );
});

test("lists of domains and node statistics are handed on as they are meant", async () => {
  server.on("connectListAllDomains", ([needed, flags]) => {
    expect([needed, flags]).toEqual([1, 3]);
    return { domains: [web, { ...web, id: -1 }], ret: 2 };
  });
  server.on("nodeGetMemoryStats", () => new Map([["total", 24_684_096]]));
  server.on("nodeGetInfo", () => ({
    model: "x86_64",
    memory: 24_684_096,
    cpus: 2,
    mhz: 2700,
    nodes: 1,
    sockets: 1,
    cores: 2,
    threads: 1,
  }));
  expect(await libvirt.connectListAllDomains(3)).toEqual([web, { ...web, id: -1 }]);
  expect([...(await libvirt.nodeGetMemoryStats())]).toEqual([["total", 24_684_096]]);
  expect(await libvirt.nodeGetInfo()).toMatchObject({ model: "x86_64", memory: 24_684_096 });
});
