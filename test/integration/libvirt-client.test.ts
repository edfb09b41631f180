import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeProcess } from "../../src/lab/node-process.ts";
import type { Libvirt } from "../../src/libvirt/client.ts";
import { connect } from "../../src/libvirt/connect.ts";
import {
  controlState,
  domainState,
  errorCode,
  jobType,
  lifecycleEvent,
  migrateFlag,
  pausedReason,
  startedDetail,
  statsType,
  stoppedDetail,
} from "../../src/libvirt/constants.ts";
import type { DomainEvents } from "../../src/libvirt/events.ts";
import { isLibvirtError } from "../../src/libvirt/libvirt-error.ts";
import { putSmallFiles, readSmallFile, removeSmallFiles } from "../../src/libvirt/small-files.ts";
import type { Domain } from "../../src/libvirt/types.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const name = "libvirt-client";
const guest = "/usr/share/haven-lab/guest";
/** The guest boots in seconds on a machine that has nothing else to do. */
const BOOT_MS = 150_000;

/** A transient domain beside Pacemaker's, with the lab's guest. */
function domainXml(uuid: string): string {
  return `<domain type="qemu"><name>${name}</name><uuid>${uuid}</uuid><memory unit="MiB">128</memory><vcpu>1</vcpu>
    <os><type arch="x86_64" machine="pc">hvm</type><kernel>${guest}/vmlinuz</kernel><initrd>${guest}/initrd</initrd>
    <cmdline>console=ttyS0 quiet haven.name=${name}</cmdline></os><features><acpi/></features>
    <devices><serial type="pty"/><console type="pty"/><video><model type="vga"/></video>
    <channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>
    <graphics type="vnc" autoport="yes" listen="127.0.0.1"/><memballoon model="virtio"/></devices></domain>`;
}

describeLab("libvirt client", () => {
  let lab: TestLab;
  let source: Libvirt;
  let target: Libvirt;

  const socketUri = (node: string): string => {
    const process = nodeProcess(lab.lab.find(node));
    return `qemu:///system?socket=/proc/${process?.pid}/root/run/libvirt/libvirt-sock`;
  };

  beforeAll(async () => {
    lab = await testLab();
  }, 300_000);

  beforeEach(async () => {
    source = await connect(socketUri("node1"));
    target = await connect(socketUri("node2"));
  });

  afterEach(async () => {
    for (const libvirt of [source, target]) {
      const domain = await libvirt.domainLookupByName(name).catch(() => undefined);
      if (domain !== undefined) await libvirt.domainDestroyFlags(domain).catch(() => undefined);
      await libvirt.close();
    }
  });

  test("small files of root's alone: put, read, put again, removed with their folder's content", async () => {
    const folder = "/var/lib/haven-lab-files/deep";
    expect(await readSmallFile(source, folder, "word")).toBeUndefined();
    await putSmallFiles(source, folder, [
      { name: "word", content: "a longer secret\n" },
      { name: "word.sign", content: "1" },
    ]);
    await putSmallFiles(source, folder, [{ name: "word", content: "secret" }]);
    const stat = ["stat", "--format=%a %u %s", folder, `${folder}/word`, `${folder}/word.sign`];
    const [made = "", word, sign] = (await lab.run("node1", stat)).trim().split("\n");
    expect([made.slice(0, 5), word, sign]).toEqual(["700 0", "600 0 6", "600 0 1"]);
    expect(await readSmallFile(source, folder, "word")).toBe("secret");
    await removeSmallFiles(source, folder, ["word", "word.sign", "never"]);
    expect((await lab.run("node1", ["find", folder])).trim()).toBe(folder);
    await removeSmallFiles(source, "/var/lib/haven-lab-files/none", ["word"]);
    expect(await lab.run("node1", ["virsh", "pool-list", "--all", "--name"])).not.toContain("haven-files");
    await lab.run("node1", ["rm", "-r", "/var/lib/haven-lab-files"]);
  }, 60_000);

  test("it says what virsh says", async () => {
    const virsh = async (...words: string[]): Promise<string> =>
      (await lab.run("node1", ["virsh", "-c", "qemu:///system", ...words])).trim();
    expect(await source.connectGetHostname()).toBe(await virsh("hostname"));
    expect(await source.connectGetURI()).toBe(await virsh("uri"));
    expect(await source.connectGetCapabilities()).toContain("<host>");
    const version = await source.connectGetLibVersion();
    const text = `${Math.floor(version / 1e6)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
    expect(await virsh("version")).toContain(text);
    const info = await source.nodeGetInfo();
    expect(await virsh("nodeinfo")).toContain(`${info.memory} KiB`);
    const memory = await source.nodeGetMemoryStats();
    expect(await virsh("nodememstats")).toMatch(new RegExp(`total\\s*:\\s*${memory.get("total")} KiB`));
    expect((await source.nodeGetCPUStats()).get("user")).toBeGreaterThan(0);
    expect(await source.nodeGetFreeMemory()).toBeGreaterThan(0);
    const names = (await source.connectListAllDomains()).map((domain) => domain.name).sort();
    expect(names).toEqual((await virsh("list", "--all", "--name")).split("\n").filter(Boolean).sort());
  }, 60_000);

  test("a domain from start to end: states, events, console, picture, statistics, errors", async () => {
    const heard: DomainEvents["lifecycle"][] = [];
    const uuid = crypto.randomUUID();
    await source.connectDomainEventRegisterAny("lifecycle", (event) => {
      if (event.dom.uuid === uuid) heard.push(event);
    });
    const domain = await source.domainCreateXML(domainXml(uuid));
    expect(domain).toMatchObject({ name, uuid });
    expect(await source.domainGetState(domain)).toMatchObject({ state: domainState.running });
    expect(await source.domainGetInfo(domain)).toMatchObject({ maxMem: 131_072, nrVirtCpu: 1 });
    expect(await source.domainIsPersistent(domain)).toBe(false);
    expect(await source.domainGetControlInfo(domain)).toMatchObject({ state: controlState.ok });
    expect(await source.domainGetJobInfo(domain)).toMatchObject({ type: jobType.none });

    await using console_ = disposable(await source.domainOpenConsole(domain));
    await reads(console_.stream, new RegExp(`haven-guest ${name} boot=`), BOOT_MS);

    const { mime, stream } = await source.domainScreenshot(domain);
    let size = 0;
    for await (const chunk of stream) size += chunk.length;
    await stream.finish();
    expect(mime).toMatch(/^image\//);
    expect(size).toBeGreaterThan(100);

    const [stats] = await source.connectGetAllDomainStats([domain], statsType.state | statsType.balloon);
    expect(stats?.params.get("state.state")).toBe(domainState.running);
    expect(stats?.params.get("balloon.maximum")).toBe(131_072);
    await expect(source.domainQemuAgentCommand(domain, '{"execute":"guest-ping"}', 1)).rejects.toMatchObject({
      code: errorCode.agentUnresponsive,
    });
    expect(await source.domainQemuMonitorCommand(domain, '{"execute":"query-status"}')).toContain("running");

    await source.domainSuspend(domain);
    expect(await source.domainGetState(domain)).toEqual({
      state: domainState.paused,
      reason: pausedReason.user,
    });
    await source.domainResume(domain);
    await source.domainDestroyFlags(domain);
    await expect(source.domainGetState(domain)).rejects.toMatchObject({ code: errorCode.noDomain });
    await waitFor("the last event", 5000, () => heard.at(-1)?.event === lifecycleEvent.stopped);
    // Started comes after resumed: libvirt resumes the domain before it says that it started it.
    const order = ["resumed", "started", "suspended", "resumed", "shutdown", "stopped"] as const;
    expect(heard.map(({ event }) => event)).toEqual(order.map((event) => lifecycleEvent[event]));
    expect(heard.at(-1)?.detail).toBe(stoppedDetail.destroyed);
  }, 240_000);

  test("a migration peer to peer over TLS, with its events on both sides", async () => {
    const uuid = crypto.randomUUID();
    const heard: string[] = [];
    const own = (dom: Domain, what: string): void => {
      if (dom.uuid === uuid) heard.push(what);
    };
    await source.connectDomainEventRegisterAny("jobCompleted", ({ dom, params }) => {
      own(dom, `job ${typeof params.get("time_elapsed")}`);
    });
    await source.connectDomainEventRegisterAny("lifecycle", ({ dom, event, detail }) => {
      if (event === lifecycleEvent.stopped && detail === stoppedDetail.migrated) own(dom, "left");
    });
    await target.connectDomainEventRegisterAny("lifecycle", ({ dom, event, detail }) => {
      if (event === lifecycleEvent.started && detail === startedDetail.migrated) own(dom, "came");
    });
    const domain = await source.domainCreateXML(domainXml(uuid));
    const flags = migrateFlag.live | migrateFlag.autoConverge | migrateFlag.tls;
    await source.domainMigrateToURI3(domain, "qemu+tls://node2/system", { bandwidth: 1000 }, flags);
    const moved = await target.domainLookupByUUID(uuid);
    expect(await target.domainGetState(moved)).toMatchObject({ state: domainState.running });
    await expect(source.domainGetState(domain)).rejects.toMatchObject({ code: errorCode.noDomain });
    await waitFor("three events", 5000, () => heard.length >= 3);
    expect(heard.sort()).toEqual(["came", "job number", "left"]);
  }, 240_000);

  test("an aborted migration leaves the domain where it was", async () => {
    const domain = await source.domainCreateXML(domainXml(crypto.randomUUID()));
    // The guest must have memory to send, and the network be slow enough to be aborted.
    await using console_ = disposable(await source.domainOpenConsole(domain));
    await reads(console_.stream, /haven-guest/, BOOT_MS);
    const migration = source
      .domainMigrateToURI3(domain, "qemu+tls://node2/system", { bandwidth: 1 }, migrateFlag.live)
      .then(
        () => "moved",
        (error: unknown) => error,
      );
    await waitFor("the job", 20_000, async () => (await source.domainGetJobInfo(domain)).dataProcessed > 0);
    expect((await source.domainGetJobStats(domain)).params.get("operation")).toBe(5);
    await source.domainAbortJob(domain);
    const outcome = await migration;
    expect(isLibvirtError(outcome, errorCode.operationAborted)).toBe(true);
    expect(await source.domainGetState(domain)).toMatchObject({ state: domainState.running });
    await expect(target.domainLookupByName(name)).rejects.toMatchObject({ code: errorCode.noDomain });
  }, 240_000);

  describe("TLS", () => {
    let pki: string;

    beforeAll(async () => {
      pki = mkdtempSync(join(tmpdir(), "haven-pki-"));
      for (const [file, path] of [
        ["cacert.pem", "/etc/pki/CA/cacert.pem"],
        ["clientcert.pem", "/etc/pki/libvirt/clientcert.pem"],
        ["clientkey.pem", "/etc/pki/libvirt/private/clientkey.pem"],
      ] as const) {
        writeFileSync(join(pki, file), await lab.run("node1", ["cat", path]), { mode: 0o600 });
      }
    });

    afterAll(() => rmSync(pki, { recursive: true, force: true }));

    test("calls and streams go over it", async () => {
      const domain = await source.domainCreateXML(domainXml(crypto.randomUUID()));
      const address = lab.lab.find("node1").address;
      await using libvirt = await connect(`qemu+tls://${address}/system?pkipath=${pki}`, {
        timeoutMs: 10_000,
      });
      expect(await libvirt.connectGetHostname()).toBe("node1");
      // Many more than the daemon takes at once from one client.
      const versions = await Promise.all(Array.from({ length: 200 }, () => libvirt.connectGetLibVersion()));
      expect(new Set(versions).size).toBe(1);
      await using console_ = disposable(await libvirt.domainOpenConsole(domain));
      await reads(console_.stream, new RegExp(`haven-guest ${name} boot=`), BOOT_MS);
    }, 240_000);
  });

  test("a stopped libvirtd: calls time out by themselves, and go on afterwards", async () => {
    const [pid] = (await lab.run("node1", ["pgrep", "-x", "libvirtd"])).trim().split("\n");
    if (pid === undefined) throw new Error("no libvirtd");
    await lab.run("node1", ["kill", "-STOP", pid]);
    try {
      const began = performance.now();
      await expect(source.connectGetLibVersion({ timeoutMs: 300 })).rejects.toMatchObject({
        code: "libvirt.timeout",
      });
      await expect(connect(socketUri("node1"), { timeoutMs: 300 })).rejects.toMatchObject({
        code: "libvirt.timeout",
      });
      expect(performance.now() - began).toBeLessThan(3000);
    } finally {
      await lab.run("node1", ["kill", "-CONT", pid]);
    }
    expect(await source.connectGetLibVersion()).toBeGreaterThan(9_000_000);
  }, 60_000);

  test("a restarted libvirtd: calls in flight are rejected, and the domain is found again", async () => {
    const domain = await source.domainCreateXML(domainXml(crypto.randomUUID()));
    const [pid] = (await lab.run("node1", ["pgrep", "-x", "libvirtd"])).trim().split("\n");
    if (pid === undefined) throw new Error("no libvirtd");
    // Stopped first, so that the call is certainly in flight.
    await lab.run("node1", ["kill", "-STOP", pid]);
    const call = source.domainGetState(domain).catch((error: unknown) => error);
    await Bun.sleep(50);
    await lab.run("node1", ["kill", "-KILL", pid]);
    expect(await call).toMatchObject({ code: "libvirt.closed" });
    expect(await source.closed).toMatchObject({ code: "libvirt.closed" });
    await lab.run("node1", ["systemctl", "restart", "libvirtd"]);
    source = await waitFor("libvirtd", 30_000, () => connect(socketUri("node1"), { timeoutMs: 2000 }));
    expect(await source.domainGetState(domain)).toMatchObject({ state: domainState.running });
  }, 90_000);
});

/** A stream that is aborted at the end of its block. */
function disposable<S extends { abort(): Promise<void> }>(stream: S) {
  return { stream, [Symbol.asyncDispose]: () => stream.abort() };
}

/** Reads until the text matches. */
async function reads(
  stream: { recv(): Promise<Uint8Array | undefined> },
  pattern: RegExp,
  timeoutMs: number,
): Promise<void> {
  let text = "";
  const reading = (async (): Promise<boolean> => {
    for (;;) {
      const chunk = await stream.recv();
      if (chunk === undefined) return false;
      text += Buffer.from(chunk).toString("latin1");
      if (pattern.test(text)) return true;
    }
  })();
  const late = Bun.sleep(timeoutMs).then(() => false);
  if (!(await Promise.race([reading, late])))
    throw new Error(`Did not read ${pattern} in: ${text.slice(-500)}`);
}
