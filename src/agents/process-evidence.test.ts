import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPidFd } from "./pidfd.ts";
import { endProcesses } from "./process-end.ts";
import { processEvidence } from "./process-evidence.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const query = { kind: "qemu", uuid, name: "web" } as const;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haven-proc-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Fake {
  readonly pid: number;
  readonly words?: readonly string[];
  readonly comm?: string;
  readonly state?: string;
  readonly exe?: string;
  readonly flags?: number;
  readonly threads?: { readonly [id: number]: readonly string[] };
}

let trees = 0;

function tree(processes: readonly Fake[]): string {
  trees += 1;
  const root = join(folder, `proc${trees}`);
  for (const {
    pid,
    words = [],
    comm = "qemu-system-x86",
    state = "S",
    exe,
    flags = 0,
    threads = {},
  } of processes) {
    const own = join(root, String(pid));
    const zeros = (texts: readonly string[]): string => texts.map((text) => `${text}\0`).join("");
    mkdirSync(join(own, "task", String(pid)), { recursive: true });
    writeFileSync(join(own, "stat"), `${pid} (${comm}) ${state} 1 1 1 0 -1 ${flags} ${"0 ".repeat(12)}777 0`);
    writeFileSync(join(own, "cmdline"), zeros(words));
    if (exe !== undefined) symlinkSync(exe, join(own, "exe"));
    for (const [id, line] of Object.entries(threads)) {
      mkdirSync(join(own, "task", id), { recursive: true });
      writeFileSync(join(own, "task", id, "cmdline"), zeros(line));
    }
  }
  return root;
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

  test("a container is known by its controller's name", async () => {
    const words = ["/usr/lib/libvirt/libvirt_lxc", "--name", "web", "--console", "23"];
    const root = tree([{ pid: 5, comm: "libvirt_lxc", words }]);
    const lxc = { kind: "lxc", uuid, name: "web" } as const;
    expect((await processEvidence(lxc, { root })).found).toMatchObject([{ pid: 5, by: "uuid" }]);
    expect((await processEvidence({ ...lxc, name: "other" }, { root })).found).toEqual([]);
  });

  test("of Xen the process table says nothing", async () => {
    expect((await processEvidence({ ...query, kind: "xen" })).doubts).toHaveLength(1);
  });

  test("processes that do not answer cost one wait together, not one for each or for each thread", async () => {
    const pids = [5, 6, 7];
    const threads = { 8: qemu("web", uuid), 9: qemu("web", uuid) };
    const root = tree(pids.map((pid) => ({ pid, threads })));
    for (const pid of pids) {
      rmSync(join(root, String(pid), "cmdline"));
      Bun.spawnSync(["mkfifo", join(root, String(pid), "cmdline")]);
    }
    const began = performance.now();
    const { found, doubts } = await processEvidence(query, { root, timeoutMs: 200 });
    expect(performance.now() - began).toBeLessThan(1500);
    expect(found).toEqual([]);
    expect(doubts).toHaveLength(3);
    // Lets the readers go.
    for (const pid of pids) closeSync(openSync(join(root, String(pid), "cmdline"), "r+"));
  });

  test("a table that cannot be read is a doubt", async () => {
    expect((await processEvidence(query, { root: join(folder, "none") })).doubts).toHaveLength(1);
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
        "trap '' TERM; while :; do sleep 1; done",
        "-name",
        "guest=haven-test",
        "-uuid",
        id,
      ];
      return Bun.spawn([program, ...words], { stdout: "ignore", stderr: "ignore" });
    };
    const [own, other] = [run(mine), run(crypto.randomUUID())];
    try {
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
