import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSpecs } from "../vm/read-spec.ts";
import { type ResolvedSpec, resolveSpec } from "../vm/resolve-spec.ts";
import { type MadeThing, makeThing } from "./make-thing.ts";
import { type Making, makingText } from "./making.ts";
import { planMakings } from "./plan-makings.ts";

setDefaultTimeout(60_000);

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const { signal } = new AbortController();
let dir = "";
let said: string[] = [];
const environment = { signal, progress: (text: string) => void said.push(text) };

beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "haven-make-")));
  mkdirSync(`${dir}/from`);
});
afterAll(() => rmSync(dir, { recursive: true }));

async function specOf(yaml: string): Promise<ResolvedSpec> {
  const text = `name: web1\nmemory: 96\n${yaml.replaceAll("DIR", dir)}`;
  const { specs, problems } = await readSpecs([{ file: "a.yaml", text }], {});
  const [read] = specs;
  if (read === undefined) throw new Error(JSON.stringify(problems));
  return resolveSpec(read.spec, { hypervisor: "qemu", uuid });
}

async function planned(yaml: string, before?: string) {
  const had = before === undefined ? undefined : await specOf(before);
  return await planMakings({ resolved: await specOf(yaml), before: had }, signal);
}

async function make(makings: readonly Making[]): Promise<readonly MadeThing[]> {
  said = [];
  const made: MadeThing[] = [];
  for (const making of makings) made.push(await makeThing(environment, making));
  return made;
}

const names = (): readonly string[] =>
  readdirSync(dir)
    .filter((name) => name !== "from")
    .sort();
const keepAll = async (made: readonly MadeThing[]): Promise<void> => {
  for (const thing of made) await thing.keep();
};
const undoAll = async (made: readonly MadeThing[]): Promise<void> => {
  for (const thing of made.toReversed()) await thing.undo();
};

describe.skipIf(Bun.which("qemu-img") === null || process.getuid?.() !== 0)("made with real programs", () => {
  test("a new disk, once; what was made is not planned again, what is there is not written over", async () => {
    const yaml = "disks: [{file: DIR/new.qcow2, create: {size: 4 MiB, mode: 0660}}]";
    const { makings, problems } = await planned(yaml);
    expect(problems).toEqual([]);
    expect(makings.map(makingText)).toEqual([`web1: ${dir}/new.qcow2 is made, empty, 4 MiB`]);
    await keepAll(await make(makings));
    expect(statSync(`${dir}/new.qcow2`).mode & 0o777).toBe(0o660);
    expect(await planned(yaml, yaml)).toEqual({ makings: [], problems: [] });
    expect((await planned(yaml)).problems[0]?.what).toContain("leave create out");
    const larger = yaml.replace("4 MiB", "8 MiB");
    expect((await planned(larger, yaml)).problems[0]?.what).toContain("is not made again");
    await expect(make(makings)).rejects.toThrow("it exists already");
    rmSync(`${dir}/new.qcow2`);
    expect(names()).toEqual([]);
  });

  test("moved: the source goes in the end only, and nothing is changed by what is taken back", async () => {
    const source = `${dir}/from/disk.img`;
    writeFileSync(source, Buffer.alloc(1024 * 1024, "haven"), { mode: 0o644 });
    const { makings } = await planned("disks: [{file: DIR/moved.img, create: {move: DIR/from/disk.img}}]");
    const first = await make(makings);
    expect(statSync(`${dir}/moved.img`).ino).toBe(statSync(source).ino);
    await undoAll(first);
    expect(names()).toEqual([]);
    expect(statSync(source).mode & 0o777).toBe(0o644);
    await keepAll(await make(makings));
    expect(existsSync(source)).toBe(false);
    expect(statSync(`${dir}/moved.img`).mode & 0o777).toBe(0o640);
    expect(readFileSync(`${dir}/moved.img`).subarray(0, 5).toString()).toBe("haven");
    rmSync(`${dir}/moved.img`);
  });

  test("moved and converted: with progress", async () => {
    const source = `${dir}/from/disk.img`;
    writeFileSync(source, Buffer.alloc(1024 * 1024, "haven"));
    const yaml = "disks: [{file: DIR/moved.qcow2, create: {move: DIR/from/disk.img, size: 2 MiB}}]";
    const { makings } = await planned(yaml);
    const made = await make(makings);
    expect(said).toContain(`Making ${dir}/moved.qcow2: 100 %`);
    expect(existsSync(source)).toBe(true);
    await keepAll(made);
    expect(existsSync(source)).toBe(false);
    expect(readFileSync(`${dir}/moved.qcow2`).subarray(0, 3).toString()).toBe("QFI");
    rmSync(`${dir}/moved.qcow2`);
  });

  test("broken off it leaves nothing", async () => {
    writeFileSync(`${dir}/from/disk.img`, Buffer.alloc(1024 * 1024, "haven"));
    const { makings } = await planned("disks: [{file: DIR/torn.qcow2, create: {copy: DIR/from/disk.img}}]");
    const stop = new AbortController();
    const torn = { signal: stop.signal, progress: () => stop.abort() };
    const [making] = makings;
    if (making === undefined) throw new Error("nothing is planned");
    await expect(makeThing(torn, making)).rejects.toThrow("Interrupted");
    expect(names()).toEqual([]);
  });

  test("what cannot be made is told where it stands", async () => {
    const tried: readonly (readonly [string, string])[] = [
      ["{file: DIR/gone/a.img, create: 1 MiB}", "does not exist"],
      ["{file: DIR/a.img, create: {copy: DIR/none.img}}", "does not exist"],
      ["{file: DIR/a.img, create: {copy: DIR/from}}", "is a directory"],
      ["{file: DIR/a.img, create: {size: 1 MiB, owner: nobody-at-all}}", "a user that this node knows"],
    ];
    for (const [disk, what] of tried) {
      const { makings, problems } = await planned(`disks: [${disk}]`);
      expect(makings).toEqual([]);
      expect(problems.map((problem) => problem.what).join()).toContain(what);
    }
  });
});

describe.skipIf(Bun.which("xorriso") === null || process.getuid?.() !== 0)("seed and installer", () => {
  const yaml = (host: string): string =>
    `disks: [{file: DIR/from/disk.img, readonly: true}]\ncloud-init: {hostname: ${host}, seed: DIR/web1.seed.iso}`;

  test("a seed is written anew when it says something else, and not before the change is made", async () => {
    const first = await planned(yaml("one"));
    expect(first.problems).toEqual([]);
    await keepAll(await make(first.makings));
    const before = readFileSync(`${dir}/web1.seed.iso`);
    expect((await planned(yaml("one"), yaml("one"))).makings).toEqual([]);
    const second = await planned(yaml("two"), yaml("one"));
    expect(second.makings).toMatchObject([{ kind: "seed", replaces: true }]);
    await undoAll(await make(second.makings));
    expect(readFileSync(`${dir}/web1.seed.iso`).equals(before)).toBe(true);
    await keepAll(await make(second.makings));
    expect(readFileSync(`${dir}/web1.seed.iso`).includes("hostname: two")).toBe(true);
    expect(names()).toEqual(["web1.seed.iso"]);
    rmSync(`${dir}/web1.seed.iso`);
  });

  test("an installer is for a new VM with an empty disk, and once", async () => {
    writeFileSync(`${dir}/from/kernel`, "kernel");
    writeFileSync(`${dir}/from/initrd`, "initrd");
    writeFileSync(`${dir}/empty.img`, Buffer.alloc(4096));
    const install = "install: {kernel: DIR/from/kernel, initrd: DIR/from/initrd}";
    const { makings, problems } = await planned(`disks: [{file: DIR/empty.img}]\n${install}`);
    expect(problems).toEqual([]);
    const made = await make(makings);
    expect(readdirSync(`${dir}/web1.install`).sort()).toEqual(["initrd", "kernel", "once"]);
    const again = await planned(`disks: [{file: DIR/empty.img}]\n${install}`);
    expect(again.problems[0]?.what).toContain("a VM that is installed already needs no install");
    await undoAll(made);
    expect(names()).toEqual(["empty.img"]);
    writeFileSync(`${dir}/empty.img`, Buffer.alloc(4096, 1));
    const filled = await planned(`disks: [{file: DIR/empty.img}]\n${install}`);
    expect(filled.problems[0]?.what).toContain("expected an empty disk beside install");
    const had = "disks: [{file: DIR/empty.img}]";
    const later = await planned(`${had}\n${install}`, had);
    expect(later.problems[0]?.what).toContain("only a new VM is installed");
    rmSync(`${dir}/empty.img`);
  });
});
