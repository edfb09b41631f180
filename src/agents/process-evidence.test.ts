import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeProcess, fakeLibvirtFile, fakeProc } from "../../test/support/fake-proc.ts";
import { openPidFd } from "./pidfd.ts";
import { endProcesses } from "./process-end.ts";
import { hypervisorProcesses, processEvidence } from "./process-evidence.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const query = { kind: "qemu", uuid, name: "web" } as const;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haven-proc-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tree = (processes: readonly FakeProcess[]): string => fakeProc(folder, processes);

/** Makes reading these command lines hang, as that of a process that holds its own lock does. @returns its end */
function letHang(root: string, pids: readonly number[]): () => Promise<void> {
  const paths = pids.map((pid) => join(root, String(pid), "cmdline"));
  for (const path of paths) rmSync(path);
  Bun.spawnSync(["mkfifo", ...paths]);
  return async () => {
    const writers = paths.map((path) => openSync(path, "r+"));
    for (const path of paths) rmSync(path);
    await Bun.sleep(50);
    for (const writer of writers) closeSync(writer);
    await Bun.sleep(50);
  };
}

const qemu = (name: string, id: string): readonly string[] => [
  "/usr/bin/qemu-system-x86_64",
  "-name",
  `guest=${name},debug-threads=on`,
  "-uuid",
  id,
];

describe("who runs a domain", () => {
  test("the UUID on QEMU's command line, whatever its state", async () => {
    for (const state of ["S", "D", "R", "T"]) {
      const root = tree([
        { pid: 5, words: qemu("web", uuid), state, exe: "/usr/bin/qemu-system-x86_64 (deleted)" },
      ]);
      const { found, doubts } = await processEvidence(query, { root });
      expect(found).toMatchObject([
        { pid: 5, by: "uuid", startTime: "777", program: "qemu-system-x86_64", state },
      ]);
      expect(doubts).toEqual([]);
    }
  });

  test("another UUID under the same name is another's", async () => {
    const root = tree([{ pid: 5, words: qemu("web", uuid.replace("7f5a", "0000")) }]);
    expect((await processEvidence(query, { root })).found).toMatchObject([{ by: "name" }]);
  });

  test("names with commas, and programs that only mention the UUID", async () => {
    const root = tree([
      { pid: 5, words: qemu("a,,b", uuid) },
      { pid: 6, comm: "grep", words: ["grep", "-uuid", uuid], exe: "/usr/bin/grep" },
      { pid: 7, comm: "kworker", flags: 0x200000 },
    ]);
    const { found } = await processEvidence({ ...query, name: "a,b" }, { root });
    expect(found.map(({ pid }) => pid)).toEqual([5]);
  });

  test("an emulator of another name is found by that", async () => {
    const root = tree([{ pid: 5, comm: "my-emulator", exe: "/opt/my-emulator", words: qemu("web", uuid) }]);
    expect((await processEvidence(query, { root })).found).toEqual([]);
    const named = await processEvidence({ ...query, emulator: "my-emulator" }, { root });
    expect(named.found).toMatchObject([{ pid: 5, by: "uuid" }]);
  });

  test("an emulator of any name is found by libvirt's pid file", async () => {
    const root = tree([{ pid: 5, comm: "my-emulator", words: qemu("web", uuid) }]);
    expect(hypervisorProcesses({ root, libvirtFolder: "/nonexistent" }).found).toEqual([]);
    const libvirtFolder = fakeLibvirtFile(folder, { name: "web", pid: 5, uuid });
    expect((await processEvidence(query, { root, libvirtFolder })).found).toMatchObject([{ by: "uuid" }]);
    expect(hypervisorProcesses({ root, libvirtFolder }).found).toHaveLength(1);
    // A helper of a domain has only a pid file.
    const helper = fakeLibvirtFile(folder, { name: "1-web-fs0-fs", pid: 5 });
    expect(hypervisorProcesses({ root, libvirtFolder: helper }).found).toEqual([]);
  });

  test("one that is ending is known by a thread that still hangs", async () => {
    const root = tree([{ pid: 5, state: "Z", threads: { 6: qemu("web", uuid) } }]);
    expect((await processEvidence(query, { root })).found).toMatchObject([
      { pid: 5, state: "Z", by: "uuid" },
    ]);
  });

  test("one that is ending and says nothing is a doubt; one that has ended is none", async () => {
    const ending = await processEvidence(query, { root: tree([{ pid: 5, state: "D" }]) });
    expect(ending.found).toEqual([]);
    expect(ending.doubts).toHaveLength(1);
    const hanging = await processEvidence(query, {
      root: tree([{ pid: 5, state: "Z", threads: { 6: [] } }]),
    });
    expect(hanging.doubts).toHaveLength(1);
    const ended = await processEvidence(query, { root: tree([{ pid: 5, state: "Z" }]) });
    expect(ended).toEqual({ found: [], doubts: [] });
  });

  test("of Xen the process table says nothing", async () => {
    expect((await processEvidence({ ...query, kind: "xen" })).doubts).toHaveLength(1);
  });

  test("processes that do not answer cost one wait together, not one for each or for each thread", async () => {
    const pids = [5, 6, 7];
    const threads = { 8: qemu("web", uuid), 9: qemu("web", uuid) };
    const root = tree(pids.map((pid) => ({ pid, threads })));
    const release = letHang(root, pids);
    const began = performance.now();
    const { found, doubts } = await processEvidence(query, { root, timeoutMs: 200 });
    expect(performance.now() - began).toBeLessThan(1500);
    expect(found).toEqual([]);
    expect(doubts).toHaveLength(3);
    await release();
  });

  test("a table that cannot be read is a doubt", async () => {
    expect((await processEvidence(query, { root: join(folder, "none") })).doubts).toHaveLength(1);
  });
});

describe("a process that does not say whose it is", () => {
  const hangs = { pid: 5, state: "D" } as const;
  const scope = (machine: string): string =>
    `0::/machine.slice/machine-${machine.replaceAll("-", "\\x2d")}.scope/libvirt/emulator\n`;
  const doubtsOf = async (process: FakeProcess, change: object = {}): Promise<number> =>
    (await processEvidence({ ...query, ...change }, { root: tree([process]), libvirtFolder: none })).doubts
      .length;
  const none = "/nonexistent";

  test("is in doubt for the domain whose cgroup it is in, and for no other", async () => {
    for (const cgroup of [
      scope("qemu-3-web"),
      "4:cpu:/machine/qemu-3-web.libvirt-qemu/emulator\n9:pids:/\n",
    ]) {
      expect(await doubtsOf({ ...hangs, cgroup })).toBe(1);
      expect(await doubtsOf({ ...hangs, cgroup }, { name: "web2" })).toBe(0);
      expect(await doubtsOf({ ...hangs, cgroup }, { name: "We-b" })).toBe(0);
      // What systemd does not allow is left out of the name.
      expect(await doubtsOf({ ...hangs, cgroup }, { name: "-w_e.b\u00e9-" })).toBe(1);
    }
  });

  test("is in doubt for the domain that had that name when it was started", async () => {
    const cgroup = scope("qemu-3-old");
    expect(await doubtsOf({ ...hangs, cgroup })).toBe(0);
    expect(await doubtsOf({ ...hangs, cgroup }, { formerName: "old" })).toBe(1);
  });

  test("a long name is cut off by libvirt", async () => {
    const name = "a".repeat(80);
    const cgroup = scope(`qemu-12-${"a".repeat(56)}`);
    expect(await doubtsOf({ ...hangs, cgroup }, { name })).toBe(1);
    expect(await doubtsOf({ ...hangs, cgroup }, { name: `b${name}` })).toBe(0);
  });

  test("stays in doubt for all where its cgroup is none of a domain's", async () => {
    const cgroups = [
      undefined,
      "",
      "0::/\n",
      "0::/user.slice/user-0.slice/session-1.scope\n",
      scope("qemu-root-3-other"),
      scope("qemu-3"),
      `${scope("qemu-3-other")}1:cpu:/machine/qemu-4-third.libvirt-qemu\n`,
    ];
    for (const cgroup of cgroups)
      expect(await doubtsOf({ ...hangs, ...(cgroup === undefined ? {} : { cgroup }) })).toBe(1);
  });

  test("stays in doubt for a domain whose name is not known", async () => {
    for (const name of [undefined, ""])
      expect(await doubtsOf({ ...hangs, cgroup: scope("qemu-3-other") }, { name })).toBe(1);
  });

  const filed = async (file: Parameters<typeof fakeLibvirtFile>[1], change: object = {}): Promise<number> => {
    const libvirtFolder = fakeLibvirtFile(folder, file);
    const options = { root: tree([{ ...hangs, cgroup: "0::/\n" }]), libvirtFolder };
    return (await processEvidence({ ...query, ...change }, options)).doubts.length;
  };

  test("libvirt's pid file gives it to a domain", async () => {
    expect(await filed({ name: "web", pid: 5 })).toBe(1);
    expect(await filed({ name: "other", pid: 5 })).toBe(0);
    expect(await filed({ name: "other", pid: 6 })).toBe(1);
    expect(await filed({ name: "other", pid: 5 }, { formerName: "other" })).toBe(1);
    expect(await filed({ name: "other", pid: 5, uuid })).toBe(1);
    expect(await filed({ name: "other", pid: 5, uuid: uuid.replace("7f5a", "0000") })).toBe(0);
  });

  test("a pid file of an earlier process with the same number proves nothing", async () => {
    expect(await filed({ name: "other", pid: 5, ageMs: 20_000 })).toBe(1);
    expect(await filed({ name: "other", pid: 5, ageMs: -20_000 })).toBe(1);
  });

  test("of a process with a pid file that counts, whatever its cgroup", async () => {
    const root = tree([{ ...hangs, cgroup: scope("qemu-3-other") }]);
    const libvirtFolder = fakeLibvirtFile(folder, { name: "web", pid: 5 });
    expect((await processEvidence(query, { root, libvirtFolder })).doubts).toHaveLength(1);
  });

  test("many that hang do not keep others from being seen", async () => {
    const hanging = [11, 12, 13, 14, 15, 16, 17, 18];
    const others = hanging.map((pid) => ({ pid, state: "D", cgroup: scope(`qemu-${pid}-other${pid}`) }));
    const mine = { pid: 10, words: qemu("web", uuid) };
    const root = tree([...others, mine]);
    const release = letHang(root, hanging);
    const { found, doubts } = await processEvidence(query, { root, libvirtFolder: none, timeoutMs: 200 });
    await release();
    expect(found).toMatchObject([{ pid: 10, by: "uuid" }]);
    expect(doubts).toEqual([]);
  });

  test("what libvirt has down as ours is asked before all that may be", async () => {
    const hanging = [5, 6, 7, 8];
    const root = tree([
      ...hanging.map((pid) => ({ pid, state: "D" })),
      { pid: 10, words: qemu("web", uuid) },
    ]);
    const release = letHang(root, hanging);
    const libvirtFolder = fakeLibvirtFile(folder, { name: "web", pid: 10, uuid });
    const { found } = await processEvidence(query, { root, libvirtFolder, timeoutMs: 200 });
    await release();
    expect(found).toMatchObject([{ pid: 10, by: "uuid" }]);
  });

  test("one that libvirt has down as another's is not asked", async () => {
    const root = tree([{ pid: 5, state: "D" }]);
    const release = letHang(root, [5]);
    const another = uuid.replace("7f5a", "0000");
    const libvirtFolder = fakeLibvirtFile(folder, { name: "other", pid: 5, uuid: another });
    const began = performance.now();
    expect(await processEvidence(query, { root, libvirtFolder })).toEqual({ found: [], doubts: [] });
    expect(performance.now() - began).toBeLessThan(500);
    await release();
  });

  test("tools of QEMU and controllers of containers are no QEMU, and the other way round", async () => {
    for (const comm of ["qemu-img", "qemu-nbd", "qemu-storage-da", "libvirt_lxc"])
      expect(await doubtsOf({ ...hangs, comm })).toBe(0);
    expect(await doubtsOf(hangs, { kind: "lxc" })).toBe(0);
    expect(await doubtsOf({ ...hangs, comm: "libvirt_lxc" }, { kind: "lxc" })).toBe(1);
  });
});

describe("a container's guest", () => {
  test("cannot pass for a QEMU: only this PID namespace counts", async () => {
    const root = tree([
      { pid: 5, words: qemu("web", uuid), numbers: [5, 1] },
      { pid: 6, state: "D", numbers: [6, 7, 8] },
    ]);
    expect(await processEvidence(query, { root })).toEqual({ found: [], doubts: [] });
    expect(hypervisorProcesses({ root }).found).toEqual([]);
  });

  test("a kernel that does not say the namespace hides nothing", async () => {
    const root = tree([{ pid: 5, words: qemu("web", uuid) }]);
    rmSync(join(root, "5", "status"));
    expect((await processEvidence(query, { root })).found).toHaveLength(1);
    expect(hypervisorProcesses({ root }).found).toHaveLength(1);
  });
});

describe("a real process", () => {
  test("is found in /proc, held, ended and seen gone; another is left alone", async () => {
    const program = join(folder, "qemu-haven-test");
    copyFileSync("/bin/bash", program);
    const mine = crypto.randomUUID();
    const run = (id: string) => {
      const words = [
        "-c",
        "trap '' TERM; echo deaf; while :; do sleep 1; done",
        "-name",
        "guest=haven-test",
        "-uuid",
        id,
      ];
      return Bun.spawn([program, ...words], { stdout: "pipe", stderr: "ignore" });
    };
    const [own, other] = [run(mine), run(crypto.randomUUID())];
    try {
      // Before it says so, it would end at the first signal.
      for (const { stdout } of [own, other]) await stdout.getReader().read();
      const ours = { kind: "qemu", uuid: mine, name: "haven-test" } as const;
      const { found, doubts } = await processEvidence(ours);
      expect(doubts).toEqual([]);
      expect(found.filter(({ by }) => by === "uuid")).toMatchObject([
        { pid: own.pid, program: "qemu-haven-test" },
      ]);
      const said: string[] = [];
      const options = { termMs: 300, killMs: 5000, say: (text: string) => said.push(text) };
      expect(await endProcesses(ours, found, options)).toBe(false);
      expect(said).toEqual([
        `sending SIGTERM to process ${own.pid}`,
        `sending SIGKILL to process ${own.pid}`,
      ]);
      await own.exited;
      expect((await processEvidence(ours)).found.filter(({ by }) => by === "uuid")).toEqual([]);
      expect(other.exitCode).toBeNull();
    } finally {
      own.kill("SIGKILL");
      other.kill("SIGKILL");
    }
  });

  test("a descriptor knows when it has ended", async () => {
    const child = Bun.spawn(["sleep", "30"]);
    const fd = await openPidFd(child.pid);
    expect(fd?.ended()).toBe(false);
    expect(fd?.signal(9)).toBe(true);
    await child.exited;
    expect(fd?.ended()).toBe(true);
    expect(fd?.signal(9)).toBe(false);
    fd?.close();
    expect(await openPidFd(child.pid)).toBeUndefined();
  });
});
