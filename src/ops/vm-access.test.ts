import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { domainState, errorCode } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import type { Environment } from "./environment.ts";
import { vmAdd } from "./vm-add.ts";
import { vmMonitor } from "./vm-monitor.ts";
import { vmScreenshot } from "./vm-screenshot.ts";
import { vmSendKey } from "./vm-send-key.ts";
import { vmSysrq } from "./vm-sysrq.ts";
import { type TopSample, vmTop } from "./vm-top.ts";
import { vmVnc } from "./vm-vnc.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-vm-access-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const noDomain = new LibvirtError({ code: errorCode.noDomain, domain: 10, level: 2, message: "no domain" });
const invalid = new LibvirtError({
  code: errorCode.operationInvalid,
  domain: 10,
  level: 2,
  message: "no card",
});

/** What a domain gives a picture of its screen as. */
function streamOf(bytes: Uint8Array): unknown {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes.subarray(0, 5);
      yield bytes.subarray(5);
    },
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}

/** The libvirt of each node: one domain, on the node named. */
class World {
  readonly calls: unknown[] = [];
  readonly questions: string[] = [];
  at = "node2";
  answer = true;
  monitorAnswer = '{"return":{"status":"running"},"id":"libvirt-1"}';
  xml = "<domain><devices/></domain>";
  picture: Uint8Array | undefined = Buffer.from("P6\n1 1\n255\nabc");
  stats: readonly ReadonlyMap<string, number>[] = [];

  environment(): Environment {
    return {
      ...fileEnvironment(file.path),
      isLive: true,
      confirm: (question) => {
        this.questions.push(question);
        return Promise.resolve(this.answer);
      },
      libvirt: (node = "here") =>
        node === "node3" ? Promise.reject(new Error("no answer")) : Promise.resolve(this.#libvirt(node)),
    };
  }

  #libvirt(node: string): Libvirt {
    const said = (...call: unknown[]): Promise<void> => {
      this.calls.push([node, ...call]);
      return Promise.resolve();
    };
    const libvirt = {
      domainLookupByUUID: (uuid: string) =>
        node === this.at ? Promise.resolve({ name: "a", uuid, id: 1 }) : Promise.reject(noDomain),
      domainGetState: () => Promise.resolve({ state: domainState.running, reason: 1 }),
      domainSendKey: (_domain: unknown, codes: unknown, hold: number, set: number) =>
        said("keys", codes, hold, set),
      domainQemuMonitorCommand: (_domain: unknown, text: string, flags: number) =>
        said("monitor", text, flags).then(() => this.monitorAnswer),
      domainGetXMLDesc: () => Promise.resolve(this.xml),
      domainScreenshot: () =>
        this.picture === undefined
          ? Promise.reject(invalid)
          : Promise.resolve({ mime: "image/x-portable-pixmap", stream: streamOf(this.picture) }),
      connectGetAllDomainStats: () => {
        const [params, ...rest] = this.stats;
        if (node !== this.at || params === undefined) return Promise.resolve([]);
        this.stats = rest;
        const uuid = file.read().byId("vm-a")?.at("instance_attributes");
        return Promise.resolve([{ dom: { name: "a", uuid: uuidIn(uuid?.children ?? []), id: 1 }, params }]);
      },
    };
    return libvirt as unknown as Libvirt;
  }
}

/** The UUID in the VM's specification. */
function uuidIn(pairs: readonly { get(name: string): string | undefined }[]): string {
  const spec = pairs.find((pair) => pair.get("name") === "spec")?.get("value") ?? "{}";
  return String((JSON.parse(spec) as { uuid?: unknown }).uuid);
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "a running guest",
  () => {
    let world: World;
    beforeEach(async () => {
      file.reset();
      const text =
        "name: a\nmemory: 1G\n---\nname: c\nmemory: 1G\nhypervisor: lxc\ncontainer: {root: /srv/c}\nmigration: {allowed: false}\n";
      await vmAdd(fileEnvironment(file.path), { texts: [{ file: "x", text }] });
      file.runs({ a: { node: 2 }, c: { node: 2 } });
      world = new World();
    });

    test("keys are sent where it runs; all are checked before the first is", async () => {
      const keys = ["ctrl-alt-f2", "enter"];
      expect(await vmSendKey(world.environment(), { name: "a", keys, holdMs: 50 })).toEqual({
        name: "a",
        node: "node2",
        keys,
      });
      expect(world.calls).toEqual([
        ["node2", "keys", [29, 56, 60], 50, 0],
        ["node2", "keys", [28], 50, 0],
      ]);
      expect(await refusal(vmSendKey(world.environment(), { name: "a", keys: ["a", "nokey"] }))).toBe(
        "usage: 'nokey' names the key 'nokey', which is not known",
      );
      expect(
        await refusal(vmSendKey(world.environment(), { name: "a", keys: ["a"], holdMs: 100_000 })),
      ).toStartWith("input.invalid");
      expect(world.calls).toHaveLength(2);
      await vmSendKey(world.environment(), { name: "a", keys: ["0x1d"], codeset: "xt" });
      expect(world.calls.at(-1)).toEqual(["node2", "keys", [29], 0, 1]);
    });

    test("it is found on the node to which somebody has moved it by hand", async () => {
      world.at = "node1";
      expect(await vmSendKey(world.environment(), { name: "a", keys: ["a"] })).toMatchObject({
        node: "node1",
      });
      world.at = "nowhere";
      expect(await refusal(vmSendKey(world.environment(), { name: "a", keys: ["a"] }))).toBe(
        "vm.failed: a is not found: libvirt on node3 does not answer",
      );
    });

    test("one that does not run, is none, or are several", async () => {
      file.runs({});
      expect(await refusal(vmSendKey(world.environment(), { name: "a", keys: ["a"] }))).toBe(
        "vm.refused: a cannot be sent keys: it is stopped, not running",
      );
      expect(await refusal(vmSendKey(world.environment(), { name: "*", keys: ["a"] }))).toBe(
        "usage: Expected one VM, * names a and c",
      );
      expect(await refusal(vmSendKey(world.environment(), { name: "b", keys: ["a"] }))).toStartWith(
        "vm.not-found",
      );
      expect(await refusal(vmSendKey(fileEnvironment(file.path), { name: "a", keys: ["a"] }))).toBe(
        "pacemaker.no-file-action: haven vm send-key needs a running cluster, and CIB_file names a file",
      );
    });

    test("SysRq: harm is asked before", async () => {
      await vmSysrq(world.environment(), { name: "a", request: "Help" });
      await vmSysrq(world.environment(), { name: "a", request: "9" });
      expect(world.questions).toEqual([]);
      await vmSysrq(world.environment(), { name: "a", request: "c" });
      expect(world.questions).toEqual(["Send SysRq crash to a? To the guest: its kernel crashes."]);
      expect(world.calls.map((call) => (call as unknown[])[2])).toEqual([
        [56, 99, 35],
        [56, 99, 10],
        [56, 99, 46],
      ]);
      world.answer = false;
      expect(await refusal(vmSysrq(world.environment(), { name: "a", request: "reboot" }))).toStartWith(
        "vm.declined",
      );
      expect(await refusal(vmSysrq(world.environment(), { name: "a", request: "rebot" }))).toBe(
        "usage: SysRq has no request 'rebot'",
      );
      expect(world.calls).toHaveLength(3);
    });

    test("QEMU's monitor: what looks is not asked, its answer is what it returns", async () => {
      const result = await vmMonitor(world.environment(), {
        name: "a",
        command: ["query-status"],
        hmp: false,
      });
      expect(result).toEqual({ name: "a", node: "node2", answer: { status: "running" } });
      const whole = '{"execute": "qom-get", "arguments": {"path": "/"}}';
      await vmMonitor(world.environment(), { name: "a", command: [whole], hmp: false });
      await vmMonitor(world.environment(), { name: "a", command: ["qom-list", '{"path": "/"}'], hmp: false });
      world.monitorAnswer = "VM status: running\r\n";
      const words = { name: "a", command: ["info", "status"], hmp: true };
      expect(await vmMonitor(world.environment(), words)).toMatchObject({ answer: world.monitorAnswer });
      expect(world.questions).toEqual([]);
      expect(world.calls).toEqual([
        ["node2", "monitor", '{"execute":"query-status"}', 0],
        ["node2", "monitor", '{"execute":"qom-get","arguments":{"path":"/"}}', 0],
        ["node2", "monitor", '{"execute":"qom-list","arguments":{"path":"/"}}', 0],
        ["node2", "monitor", "info status", 1],
      ]);
    });

    test("QEMU's monitor: what does more is asked; what it refuses is said; what is no command is not sent", async () => {
      world.answer = false;
      const stop = { name: "a", command: ["stop"], hmp: false };
      expect(await refusal(vmMonitor(world.environment(), stop))).toStartWith("vm.declined");
      world.answer = true;
      world.monitorAnswer = '{"error":{"class":"CommandNotFound","desc":"The command x has not been found"}}';
      expect(await refusal(vmMonitor(world.environment(), stop))).toBe(
        "vm.failed: a has a QEMU that refuses stop: The command x has not been found",
      );
      world.monitorAnswer = "no JSON";
      expect(await refusal(vmMonitor(world.environment(), stop))).toStartWith("libvirt.protocol");
      const sent = world.calls.length;
      for (const command of [
        ["info", "status"],
        ["a b"],
        ["{"],
        ['{"a":1}'],
        ["x", "[1]"],
        ['{"execute":"x"}', "{}"],
      ]) {
        expect(await refusal(vmMonitor(world.environment(), { name: "a", command, hmp: false }))).toStartWith(
          "usage",
        );
      }
      const lines = { name: "a", command: ["info status\nquit"], hmp: true };
      expect(await refusal(vmMonitor(world.environment(), lines))).toStartWith("usage");
      expect(world.calls).toHaveLength(sent);
    });

    test("a picture is a PNG, whichever format libvirt has", async () => {
      const { png } = await vmScreenshot(world.environment(), { name: "a" });
      expect(Buffer.from(png).toString("latin1", 1, 4)).toBe("PNG");
      world.picture = png;
      expect(Buffer.from((await vmScreenshot(world.environment(), { name: "a" })).png)).toEqual(
        Buffer.from(png),
      );
      world.picture = Buffer.from("something else");
      expect(await refusal(vmScreenshot(world.environment(), { name: "a" }))).toBe(
        "libvirt.protocol: libvirt's message could not be read: expected a picture as PNG or PPM, found 14 bytes of image/x-portable-pixmap",
      );
      world.picture = undefined;
      expect(await refusal(vmScreenshot(world.environment(), { name: "a" }))).toBe(
        "vm.refused: a gives no picture of its screen",
      );
    });

    test("where its screen is", async () => {
      world.xml = `<domain><devices><graphics type="vnc" port="5901" autoport="yes" listen="127.0.0.1"><listen type="address" address="127.0.0.1"/></graphics></devices></domain>`;
      expect(await vmVnc(world.environment(), { name: "a" })).toEqual({
        name: "a",
        node: "node2",
        address: "127.0.0.1",
        port: 5901,
        remote: false,
      });
      world.xml = "<domain><devices/></domain>";
      expect(await refusal(vmVnc(world.environment(), { name: "a" }))).toBe(
        "vm.refused: a has no screen over VNC",
      );
    });

    test("what it uses is counted from one look to the next, and not across a start", async () => {
      const look = (cpu: number, written: number) =>
        new Map([
          ["state.state", domainState.running],
          ["cpu.time", cpu],
          ["balloon.current", 1_048_576],
          ["vcpu.current", 2],
          ["block.count", 2],
          ["block.0.wr.bytes", written],
          ["block.1.wr.bytes", written],
        ]);
      world.stats = [look(1e9, 1000), look(2e9, 2000), look(1e6, 0)];
      let now = 0;
      const sleep = (ms: number): Promise<void> => {
        now += ms;
        return Promise.resolve();
      };
      const clock = { now: () => 7, monotonic: () => now, sleep };
      const samples: TopSample[] = [];
      for await (const sample of vmTop(
        { ...world.environment(), clock },
        { names: ["a"], intervalMs: 2000 },
      )) {
        samples.push(sample);
        if (samples.length === 2) break;
      }
      const [first, second] = samples;
      expect(first).toMatchObject({ time: 7, silent: ["node3"] });
      expect(first?.vms).toEqual([
        {
          name: "a",
          node: "node2",
          paused: false,
          cpu: 50,
          vcpus: 2,
          memory: 1024,
          resident: undefined,
          diskRead: 0,
          diskWrite: 1000,
          netReceived: 0,
          netSent: 0,
        },
      ]);
      expect(second?.vms[0]).toMatchObject({ cpu: undefined, diskWrite: undefined });
    });
  },
);
