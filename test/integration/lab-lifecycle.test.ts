import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isHavenError } from "../../src/base/errors.ts";
import { exec, run } from "../../src/base/exec.ts";
import { nodeImage } from "../../src/lab/image.ts";
import { createLab, type Lab, openLab } from "../../src/lab/lab.ts";
import { labBridge, subnetsToTry } from "../../src/lab/settings.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { labTraces } from "./harness/lab-traces.ts";

const name = "lt-life";
const haven = new URL("../../dist/haven", import.meta.url).pathname;

/** Starts `haven lab WORDS` and sends it a signal after some time; returns its exit code. */
async function interrupted(
  words: readonly string[],
  signal: string,
  afterMs: number,
): Promise<number | null> {
  const seconds = (afterMs / 1000).toFixed(3);
  const argv = ["timeout", `--signal=${signal}`, "--kill-after=60", seconds, haven, "lab", ...words];
  return (await exec(argv, { timeoutMs: 120_000 })).code;
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describeLab("a lab's life", () => {
  const lab = createLab({ name, nodes: 2 });
  let image = "";

  beforeAll(async () => {
    await createLab({ name }).down();
    image = await nodeImage("debian13", { progress: () => undefined });
  }, 600_000);
  afterEach(async () => {
    await lab.down();
  }, 60_000);
  afterAll(async () => {
    expect(await labTraces(lab.settings, image)).toEqual([]);
  });

  test("up, up again, and down: nothing is left", async () => {
    await lab.up({ bare: true });
    const before = nodePids(lab);
    await createLab({ name, nodes: 2 }).up({ bare: true });
    expect(nodePids(lab)).toEqual(before);
    expect(await lab.node("node1").run(["uname", "-n"])).toBe("node1\n");
    expect(await lab.node("node1").run(["ping", "-c1", "-W5", "node2"])).toContain(" 0% packet loss");
    expect(await lab.down()).toBe(true);
    expect(await labTraces(lab.settings, image)).toEqual([]);
    expect(await lab.down()).toBe(false);
  }, 120_000);

  test("up again brings back what is missing", async () => {
    await lab.up({ bare: true });
    await lab.powerOff("node2");
    await run(["ip", "link", "delete", labBridge(lab.settings).name]);
    await lab.up({ bare: true });
    await run(["ip", "link", "delete", lab.find("node1").link]);
    await lab.up({ bare: true });
    expect(lab.isOn("node2")).toBe(true);
    expect(await lab.node("node2").run(["ping", "-c1", "-W5", "node1"])).toContain(" 0% packet loss");
  }, 120_000);

  test("up with other settings is refused, and changes nothing", async () => {
    await lab.up({ bare: true });
    const before = nodePids(lab);
    for (const choice of [{ nodes: 3 }, { image: "debian12" as const }, { subnet: "10.99.7.0/24" }]) {
      const error = await failure(createLab({ name, nodes: 2, ...choice }).up({ bare: true }));
      expect(isHavenError(error, "lab.differs")).toBe(true);
      expect(() => openLab({ name, ...choice }, false)).toThrow(/not/);
    }
    expect(nodePids(lab)).toEqual(before);
  }, 120_000);

  test("a lab whose subnet nobody has chosen takes another where the first is in use, and keeps it", async () => {
    const [first = "", second = ""] = subnetsToTry({ name });
    await using stack = new AsyncDisposableStack();
    const other = createLab({ name: "lt-other", nodes: 1, subnet: first });
    stack.defer(async () => void (await other.down()));
    await other.up({ bare: true });
    await lab.up({ bare: true });
    expect(lab.settings.subnet).toBe(second);
    expect(await lab.node("node1").run(["ping", "-c1", "-W5", "node2"])).toContain(" 0% packet loss");
    const before = nodePids(lab);
    const again = createLab({ name, nodes: 2 });
    await again.up({ bare: true });
    expect([again.settings.subnet, nodePids(again)]).toEqual([second, before]);
    expect(openLab({ name }, true).settings.subnet).toBe(second);
  }, 120_000);

  test("a subnet that is in use is refused, and leaves nothing", async () => {
    await lab.up({ bare: true });
    const other = createLab({ name: "lt-other", nodes: 1, subnet: lab.settings.subnet });
    const error = await failure(other.up({ bare: true }));
    expect(isHavenError(error, "lab.in-use")).toBe(true);
    expect(String(error)).toContain(lab.settings.subnet);
    expect(await labTraces(other.settings, image)).toEqual([]);
  }, 120_000);

  test("somebody else's bridge of that name is refused, and not touched", async () => {
    const { name: bridge } = labBridge(lab.settings);
    await run(["ip", "link", "add", bridge, "type", "bridge"]);
    try {
      const error = await failure(lab.up({ bare: true }));
      expect(isHavenError(error, "lab.in-use")).toBe(true);
      await lab.down();
      expect((await exec(["ip", "link", "show", "dev", bridge])).code).toBe(0);
    } finally {
      await run(["ip", "link", "delete", bridge]);
    }
  }, 60_000);

  test("a directory with something else in it is refused by up and down, and not touched", async () => {
    const dir = mkdtempSync(join(tmpdir(), "haven-lab-"));
    try {
      writeFileSync(`${dir}/precious`, "mine");
      const there = createLab({ name, nodes: 1, dir });
      expect(isHavenError(await failure(there.up({ bare: true })), "lab.in-use")).toBe(true);
      expect(isHavenError(await failure(there.down()), "lab.in-use")).toBe(true);
      expect(readdirSync(dir)).toEqual(["precious"]);
    } finally {
      rmSync(dir, { recursive: true });
      rmSync(`${dir}.lock`, { force: true });
    }
  }, 60_000);

  test("a lab whose record cannot be read can be taken away", async () => {
    await lab.up({ bare: true });
    writeFileSync(`${lab.settings.dir}/state.json`, "{");
    expect((await exec([haven, "lab", "exec", "--name", name, "node1", "--", "true"])).code).toBe(1);
    await run([haven, "lab", "down", "--name", name], { timeoutMs: 60_000 });
    expect(await labTraces(lab.settings, image)).toEqual([]);
  }, 120_000);

  test("Ctrl-C at any moment of up takes away what it made", async () => {
    for (let round = 0; round < 6; round++) {
      await interrupted(["up", "--bare", "--nodes", "2", "--name", name], "INT", 20 + Math.random() * 700);
      if (!lab.isUp) expect(await labTraces(lab.settings, image)).toEqual([]);
      await lab.down();
      expect(await labTraces(lab.settings, image)).toEqual([]);
    }
  }, 300_000);

  test("what a killed up left is found by down", async () => {
    for (let round = 0; round < 6; round++) {
      await interrupted(["up", "--bare", "--nodes", "2", "--name", name], "KILL", 20 + Math.random() * 700);
      await run([haven, "lab", "down", "--name", name], { timeoutMs: 60_000 });
      expect(await labTraces(lab.settings, image)).toEqual([]);
    }
  }, 300_000);

  test("what a killed down left is found by the next", async () => {
    for (let round = 0; round < 4; round++) {
      await lab.up({ bare: true });
      await interrupted(["down", "--name", name], "KILL", 20 + Math.random() * 150);
      await run([haven, "lab", "down", "--name", name], { timeoutMs: 60_000 });
      expect(await labTraces(lab.settings, image)).toEqual([]);
    }
  }, 300_000);

  test("two at once do not disturb each other", async () => {
    const other = createLab({ name: "lt-other", nodes: 1 });
    try {
      await Promise.all([lab.up({ bare: true }), lab.up({ bare: true }), other.up({ bare: true })]);
      await other.down();
      expect(await labTraces(other.settings, image)).toEqual([]);
      expect(await lab.node("node2").run(["uname", "-n"])).toBe("node2\n");
    } finally {
      await other.down();
    }
  }, 120_000);
});

describeLab("a node image", () => {
  test("a build that breaks off leaves nothing", async () => {
    const cache = mkdtempSync(join(tmpdir(), "haven-images-"));
    try {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 4000);
      const options = { cache, progress: () => undefined, signal: controller.signal };
      const error = await failure(nodeImage("debian13", options));
      expect(isHavenError(error, "interrupted") || isHavenError(error, "lab.image")).toBe(true);
      expect(readdirSync(cache).filter((entry) => !entry.endsWith(".lock"))).toEqual([]);
      expect((await exec(["pgrep", "-f", cache])).code).toBe(1);
      // What a killed build left goes with the next.
      mkdirSync(`${cache}/building-trixie-1/root`, { recursive: true });
      const again = AbortSignal.timeout(1500);
      await failure(nodeImage("debian13", { cache, progress: () => undefined, signal: again }));
      expect(existsSync(`${cache}/building-trixie-1`)).toBe(false);
    } finally {
      rmSync(cache, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  }, 120_000);
});

function nodePids(lab: Lab): readonly string[] {
  return lab.nodes.map((node) => String(lab.processOf(node.name)?.pid));
}
