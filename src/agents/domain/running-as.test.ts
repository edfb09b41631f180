import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { domainState, errorCode } from "../../libvirt/constants.ts";
import { FakeServer } from "../../libvirt/fake-server.ts";
import { LibvirtError } from "../../libvirt/libvirt-error.ts";
import type { Domain } from "../../libvirt/types.ts";
import { ocf } from "../ocf.ts";
import type { Identity } from "./identity.ts";
import { monitor } from "./monitor.ts";
import { Record, runFolder } from "./record.ts";
import { reload } from "./reload.ts";
import { runningAs } from "./running-as.ts";
import { readSettings, type Settings, whomToSeek } from "./settings.ts";
import { stop } from "./stop.ts";

const instance = `vm-haven-test-${process.pid}`;
const old: Identity = { uuid: crypto.randomUUID(), name: "old", type: "kvm", emulator: undefined };
const wanted: Identity = { uuid: crypto.randomUUID(), name: "web", type: "kvm", emulator: undefined };
const xmlOf = ({ name, uuid }: Identity): string =>
  `<domain type="kvm"><name>${name}</name><uuid>${uuid}</uuid><memory unit="MiB">64</memory><vcpu>1</vcpu></domain>`;
const root = process.getuid?.() === 0;

let server: FakeServer;
/** What the daemon has. */
let domains: Domain[];

beforeEach(() => {
  domains = [];
  server = new FakeServer();
  const find = (is: (domain: Domain) => boolean): Domain => {
    const domain = domains.find(is);
    if (domain !== undefined) return domain;
    throw new LibvirtError({ code: errorCode.noDomain, domain: 10, level: 2, message: "Domain not found" });
  };
  server.on("domainLookupByUUID", ([uuid]) => find((domain) => domain.uuid === uuid));
  server.on("domainLookupByName", ([name]) => find((domain) => domain.name === name));
  server.on("domainGetState", () => ({ state: domainState.running, reason: 1 }));
  server.on("domainIsActive", () => true);
  server.on("domainGetXMLDesc", ([domain]) => xmlOf({ ...old, name: domain.name, uuid: domain.uuid }));
});
afterEach(() => {
  server[Symbol.dispose]();
  rmSync(`${runFolder}/domains/${instance}.json`, { force: true });
});

const settingsOf = async (action: string, change: object = {}): Promise<Settings> =>
  await readSettings(
    action,
    {
      OCF_RESOURCE_INSTANCE: instance,
      OCF_RESKEY_uri: server.uri,
      OCF_RESKEY_xml: xmlOf(wanted),
      OCF_RESKEY_CRM_meta_interval: "10000",
      OCF_RESKEY_CRM_meta_timeout: "20000",
      ...change,
    },
    0,
  );
const runs = ({ name, uuid }: Identity): Domain => ({ name, uuid, id: 3 });

// What a node remembers is below /run.
describe.skipIf(!root)("a UUID that was changed in the configuration", () => {
  test("is not what runs until the domain that was started before is gone", async () => {
    new Record(instance).keep(old);
    domains = [runs(old)];
    expect((await runningAs(await settingsOf("monitor"))).identity).toEqual(old);
    expect(await monitor(await settingsOf("monitor"))).toMatchObject({
      code: ocf.success,
      reason: expect.stringContaining(old.uuid),
    });
    domains = [];
    const settings = await settingsOf("monitor");
    expect(await runningAs(settings)).toBe(settings);
    expect((await monitor(settings)).code).toBe(ocf.notRunning);
  });

  test("is said by reload-agent to wait for the next start", async () => {
    new Record(instance).keep(old);
    domains = [runs(old)];
    const answer = await reload(await settingsOf("reload-agent"), () => undefined);
    expect(answer.code).toBe(ocf.success);
    expect(answer.reason).toContain(`UUID ${wanted.uuid} instead of ${old.uuid}; name web instead of old`);
  });

  test("is remembered once its own domain runs and the former one is gone", async () => {
    new Record(instance).keep(old);
    domains = [{ ...runs(wanted), name: "as-libvirt-has-it" }];
    expect((await monitor(await settingsOf("monitor"))).code).toBe(ocf.success);
    expect(new Record(instance).read()).toEqual({ ...wanted, name: "as-libvirt-has-it" });
  });
});

describe("a configuration that cannot be read, and nothing remembered", () => {
  const broken = { OCF_RESKEY_xml: "<broken" };

  test("the specification's UUID is looked for with each hypervisor when it names none", async () => {
    const spec = (value: object): object => ({ ...broken, OCF_RESKEY_spec: JSON.stringify(value) });
    const { uuid } = wanted;
    const types = async (change: object): Promise<readonly string[]> =>
      whomToSeek(await settingsOf("stop", change)).map(({ identity }) => identity.type);
    expect(await types(spec({ uuid }))).toEqual(["qemu", "lxc"]);
    expect(await types(spec({ uuid, hypervisor: "auto" }))).toEqual(["qemu", "lxc"]);
    expect(await types(spec({ uuid, hypervisor: "lxc" }))).toEqual(["lxc"]);
    expect(await types(spec({ hypervisor: "lxc" }))).toEqual([]);
    const sought = whomToSeek(await settingsOf("stop", { ...spec({ uuid }), OCF_RESKEY_uri: "" }));
    expect(sought.map(({ settings }) => settings.uri)).toEqual(["qemu:///system", "lxc:///system"]);
  });

  test("a monitor says that it does not run only where no process may be it; a probe never", async () => {
    const folder = mkdtempSync(join(tmpdir(), "haven-nameless-"));
    const program = join(folder, "qemu-haven-nameless");
    copyFileSync("/bin/sleep", program);
    const answers = async (): Promise<readonly number[]> => [
      (await monitor(await settingsOf("monitor", broken))).code,
      (await monitor(await settingsOf("monitor", { ...broken, OCF_RESKEY_CRM_meta_interval: "0" }))).code,
      (await stop(await settingsOf("stop", broken), () => undefined)).code,
    ];
    const stranger = Bun.spawn([program, "30"]);
    try {
      expect(await answers()).toEqual([ocf.generic, ocf.installed, ocf.generic]);
    } finally {
      stranger.kill("SIGKILL");
      await stranger.exited;
      rmSync(folder, { recursive: true });
    }
  });
});
