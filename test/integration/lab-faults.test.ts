import { afterAll, beforeAll, expect, test } from "bun:test";
import { closeSync, ftruncateSync, openSync } from "node:fs";
import { isHavenError } from "../../src/base/errors.ts";
import {
  freeze,
  heal,
  killProcesses,
  partition,
  pauseStorage,
  setPingTargets,
  thaw,
} from "../../src/lab/faults.ts";
import { judge } from "../../src/lab/judge.ts";
import { createLab } from "../../src/lab/lab.ts";
import { labStatus } from "../../src/lab/lab-status.ts";
import { nodeProcesses } from "../../src/lab/node-processes.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { labTraces } from "./harness/lab-traces.ts";
import { waitFor } from "./harness/wait-for.ts";

describeLab("faults of a lab", () => {
  const lab = createLab({ name: "lt-fault", nodes: 3 });

  beforeAll(async () => {
    await lab.down();
    await lab.up({ bare: true });
  }, 600_000);
  afterAll(async () => {
    const { image } = lab.state();
    await lab.down();
    expect(await labTraces(lab.settings, image)).toEqual([]);
  }, 60_000);

  const hears = async (from: string, to: string): Promise<boolean> => {
    return (await lab.node(from).exec(["ping", "-c1", "-W1", to])).code === 0;
  };
  /** Whether one datagram arrives, for what has a direction. */
  const arrives = async (from: string, to: string, port: number): Promise<boolean> => {
    const receive = `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
s.bind(("", ${port})); print("ready", flush=True); print(s.recv(9).decode())`;
    const send = `import socket, time
for _ in range(15): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("${to}", ${port})); time.sleep(0.1)`;
    const [received] = await Promise.all([
      lab.node(to).exec(["python3", "-c", receive]),
      lab.node(from).exec(["python3", "-c", send]),
    ]);
    return received.stdout.includes("hello");
  };
  const faultsOf = async (name: string): Promise<readonly string[]> => {
    return (await labStatus(lab.state())).nodes.find((node) => node.name === name)?.faults ?? [];
  };

  test("a partition parts a node from the others, and outlives its power cycle", async () => {
    await partition(lab.state(), ["node1"]);
    expect(await hears("node1", "node2")).toBe(false);
    expect(await hears("node3", "node1")).toBe(false);
    expect(await hears("node2", "node3")).toBe(true);
    expect(await hears("node1", "chassis1")).toBe(true);
    expect(await faultsOf("node1")).toEqual(["cannot reach node2", "cannot reach node3"]);
    await lab.powerOff("node1");
    await lab.powerOn("node1");
    expect(await hears("node1", "node2")).toBe(false);
    await heal(lab.state());
    expect(await hears("node1", "node2")).toBe(true);
    expect(await faultsOf("node1")).toEqual([]);
  }, 120_000);

  test("a partition can have one direction only", async () => {
    await partition(lab.state(), ["node1"], { from: ["node2"], oneWay: true });
    expect(await arrives("node1", "node2", 5001)).toBe(false);
    expect(await arrives("node2", "node1", 5002)).toBe(true);
    expect(await arrives("node1", "node3", 5003)).toBe(true);
    await heal(lab.state());
    expect(await arrives("node1", "node2", 5004)).toBe(true);
  }, 120_000);

  test("ping targets go deaf for all, or are lost for one node", async () => {
    await setPingTargets(lab.state(), false);
    expect(await hears("node1", "gateway")).toBe(false);
    expect(await hears("node1", "chassis1")).toBe(true);
    await setPingTargets(lab.state(), true);
    expect(await hears("node1", "gateway")).toBe(true);
    await partition(lab.state(), ["node2"], { from: ["targets"] });
    expect(await hears("node2", "gateway")).toBe(false);
    expect(await hears("node1", "gateway")).toBe(true);
    expect(await hears("node2", "node1")).toBe(true);
    await heal(lab.state());
    expect(await hears("node2", "gateway")).toBe(true);
  }, 120_000);

  test("paused storage freezes I/O until it is healed", async () => {
    const node = lab.node("node1");
    await node.run(["sh", "-c", "echo before > /srv/shared/file"]);
    await pauseStorage(lab.state(), lab.nodes);
    expect(await faultsOf("node2")).toEqual(["storage paused"]);
    const read = node.exec(["cat", "/srv/shared/file"], { timeoutMs: 60_000 });
    expect(await Promise.race([read.then(() => "answer"), Bun.sleep(2000)])).toBeUndefined();
    // The node itself lives.
    expect(await node.run(["uname", "-n"])).toBe("node1\n");
    await heal(lab.state());
    expect((await read).stdout).toBe("before\n");
  }, 120_000);

  test("a node with paused storage dies when its power is cut, and boots into paused storage", async () => {
    await pauseStorage(lab.state(), [lab.find("node2")]);
    void lab
      .node("node2")
      .exec(["cat", "/srv/shared/file"], { timeoutMs: 20_000 })
      .catch(() => undefined);
    await Bun.sleep(300);
    await lab.powerOff("node2");
    expect(lab.isOn("node2")).toBe(false);
    await lab.powerOn("node2");
    expect(await faultsOf("node2")).toEqual(["storage paused"]);
    await heal(lab.state());
    expect(await lab.node("node2").run(["cat", "/srv/shared/file"])).toBe("before\n");
  }, 120_000);

  test("a power cycle keeps the disk, and nothing of the memory", async () => {
    const node = lab.node("node3");
    await node.writeFile("/etc/kept", "kept", { mode: 0o600, owner: "hacluster:haclient" });
    await node.run(["touch", "/run/lost"]);
    await lab.powerOff("node3");
    expect(isHavenError(await node.exec(["true"]).catch((error: unknown) => error), "lab.node-off")).toBe(
      true,
    );
    await lab.powerOn("node3");
    expect(await node.readFile("/etc/kept")).toBe("kept");
    expect(await node.run(["stat", "-c", "%a %U:%G", "/etc/kept"])).toBe("600 hacluster:haclient\n");
    expect(await node.readFile("/run/lost")).toBeUndefined();
  }, 60_000);

  test("a frozen node does not answer, a thawed one does", async () => {
    await freeze(lab.find("node1"));
    expect(await faultsOf("node1")).toEqual(["frozen"]);
    expect(nodeProcesses(lab.find("node1")).every((process) => process.isStopped)).toBe(true);
    thaw(lab.state(), lab.find("node1"));
    expect(await faultsOf("node1")).toEqual([]);
  }, 60_000);

  test("a frozen node dies when its power is cut, also while a program that was started from outside runs there", async () => {
    const node = lab.node("node1");
    const running = node.exec(["sleep", "1234"], { timeoutMs: 60_000 }).catch((error: unknown) => error);
    await waitFor(
      "the program",
      5000,
      async () => (await node.exec(["pgrep", "-f", "sleep 1234"])).code === 0,
    );
    await freeze(lab.find("node1"));
    // The kernel tells the program's parent of its stop when it is scheduled.
    await Bun.sleep(300);
    await lab.powerOff("node1");
    expect(await running).toMatchObject({ signal: "SIGKILL" });
    await lab.powerOn("node1");
  }, 60_000);

  test("programs are killed and frozen by name", async () => {
    const node = lab.node("node1");
    expect(await node.run(["systemctl", "is-active", "libvirtd"])).toBe("active\n");
    await freeze(lab.find("node1"), "libvirtd");
    expect(await faultsOf("node1")).toEqual(["libvirtd frozen"]);
    thaw(lab.state(), lab.find("node1"), "libvirtd");
    expect(killProcesses(lab.find("node1"), "libvirtd")).toBe(1);
    await waitFor("libvirtd to be gone", 5000, async () => {
      return (await node.exec(["systemctl", "is-active", "libvirtd"])).code === 3;
    });
    await node.run(["systemctl", "start", "libvirtd"]);
    expect(() => killProcesses(lab.find("node1"), "no-such-program")).toThrow(/no-such-program/);
  }, 60_000);

  test("a program that takes too long is ended on the node too", async () => {
    const node = lab.node("node1");
    const error = await node.exec(["sleep", "1234"], { timeoutMs: 300 }).catch((e: unknown) => e);
    expect(isHavenError(error, "exec.timeout")).toBe(true);
    await waitFor("its end", 5000, async () => (await node.exec(["pgrep", "-f", "sleep 1234"])).code === 1);
  }, 60_000);

  test("the judge sees two copies that run on one disk, and clears one that runs alone", async () => {
    const image = (name: string) => `${lab.settings.dir}/shared/images/${name}.img`;
    for (const name of ["alone", "twice"]) {
      const file = openSync(image(name), "w");
      ftruncateSync(file, 4 * 1024 * 1024);
      closeSync(file);
    }
    await Promise.all([runGuest("node1", "alone"), runGuest("node2", "twice"), runGuest("node3", "twice")]);
    await waitFor("records of the one alone", 180_000, () => judge(image("alone")).records > 30);
    await waitFor("a violation", 180_000, () => judge(image("twice")).violations.length > 0);
    for (const { name } of lab.nodes) killProcesses(lab.find(name), "qemu");
    expect(judge(image("alone")).violations).toEqual([]);
    // The next boot goes on where the last one came to.
    const before = judge(image("alone"));
    await runGuest("node3", "alone");
    await waitFor("the next boot", 180_000, () => judge(image("alone")).records > before.records + 20);
    killProcesses(lab.find("node3"), "qemu");
    const after = judge(image("alone"));
    expect(after.violations).toEqual([]);
    expect(after.boots.map(({ epoch }) => epoch)).toEqual([1, 2]);
  }, 600_000);

  /** The lab's guest without libvirt and without QEMU's locking of images. */
  async function runGuest(node: string, disk: string): Promise<void> {
    const guest = "/usr/share/haven-lab/guest";
    const drive = `file=/srv/shared/images/${disk}.img,format=raw,if=virtio,cache=none,file.locking=off`;
    const machine = ["-accel", "tcg", "-machine", "pc", "-m", "128", "-display", "none", "-daemonize"];
    const kernel = ["-kernel", `${guest}/vmlinuz`, "-initrd", `${guest}/initrd`];
    const words = [
      "-append",
      `console=ttyS0 quiet haven.name=${disk}`,
      "-serial",
      `file:/tmp/${disk}.console`,
    ];
    await lab.node(node).run(["qemu-system-x86_64", ...machine, ...kernel, ...words, "-drive", drive]);
  }
});
