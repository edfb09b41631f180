import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../base/exec.ts";
import { imageFacts, imageSpace } from "./image-facts.ts";
import { NewFile } from "./new-file.ts";
import { openFolder } from "./open-folder.ts";
import { percentReader, writeImage } from "./write-image.ts";

// Real programs, on a machine that may be busy.
setDefaultTimeout(60_000);

let dir = "";
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "haven-image-")));
});
afterAll(() => rmSync(dir, { recursive: true }));

const mine = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o640 };
const quiet = { signal: new AbortController().signal, onPercent: () => undefined };

test("progress is read however it is cut, each percent once", () => {
  const seen: number[] = [];
  const read = percentReader((percent) => seen.push(percent));
  for (const piece of [
    "    (0.0",
    "0/100%)\r    (1.",
    "50/100%)\r",
    "    (1.90/100%)\r",
    "(100.00/100%)\r\n",
  ])
    read(piece);
  expect(seen).toEqual([0, 1, 100]);
});

describe("a new file", () => {
  test("appears whole, with its mode, and can be taken back", async () => {
    const target = `${dir}/one.img`;
    const file = await NewFile.begin(target);
    writeFileSync(file.draft, "content");
    expect(readdirSync(dir)).toEqual([".one.img.haven-new"]);
    await file.publish(mine);
    expect(readFileSync(target, "utf8")).toBe("content");
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(dir)).toEqual(["one.img"]);
    await file.undo();
    expect(readdirSync(dir)).toEqual([]);
  });

  test("never takes the place of what is there, or came meanwhile", async () => {
    const target = `${dir}/two.img`;
    const file = await NewFile.begin(target);
    await expect(NewFile.begin(target)).rejects.toThrow("another command makes it now");
    writeFileSync(file.draft, "new");
    symlinkSync("/etc/passwd", target);
    await expect(file.publish(mine)).rejects.toThrow("it exists by now");
    await file.undo();
    // Not ours to take away.
    expect(readdirSync(dir)).toEqual(["two.img"]);
    await expect(NewFile.begin(target)).rejects.toThrow("it exists already");
    rmSync(target);
  });

  test("takes the place of an older one only where that is asked for", async () => {
    const target = `${dir}/three.iso`;
    writeFileSync(target, "old");
    const file = await NewFile.begin(target, { replaces: true });
    writeFileSync(file.draft, "new");
    expect(readFileSync(target, "utf8")).toBe("old");
    await file.replace(mine);
    await file.keep();
    expect(readFileSync(target, "utf8")).toBe("new");
    rmSync(target);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("is not made behind a symbolic link", async () => {
    symlinkSync("/tmp", `${dir}/way`);
    await expect(openFolder(`${dir}/way`)).rejects.toThrow("cannot be opened: E");
    await expect(NewFile.begin(`${dir}/way/haven-x/four.img`)).rejects.toThrow();
    await expect(openFolder(`${dir}/gone`)).rejects.toThrow("ENOENT");
    rmSync(`${dir}/way`);
  });
});

describe.skipIf(Bun.which("qemu-img") === null)("qemu-img", () => {
  const mebibyte = 1024 * 1024;

  test("a copy is converted and grows; its content is the same", async () => {
    const source = `${dir}/source.img`;
    writeFileSync(source, Buffer.alloc(2 * mebibyte, "haven"));
    expect(await imageFacts(source)).toEqual({
      format: "raw",
      virtualBytes: 2 * mebibyte,
      outside: undefined,
    });
    const percents: number[] = [];
    const work = { draft: `${dir}/copy.qcow2`, target: "copy", format: "qcow2", bytes: 5 * mebibyte };
    await writeImage(
      { ...work, source: { path: source, format: "raw" } },
      { ...quiet, onPercent: (percent) => percents.push(percent) },
    );
    expect(percents.at(-1)).toBe(100);
    expect(await imageFacts(work.draft)).toMatchObject({ format: "qcow2", virtualBytes: 5 * mebibyte });
    await run(["qemu-img", "convert", "-O", "raw", work.draft, `${dir}/back.img`]);
    expect(readFileSync(`${dir}/back.img`).subarray(0, 2 * mebibyte)).toEqual(readFileSync(source));
    expect((await imageSpace("qcow2", { path: source, format: "raw" })).required).toBeGreaterThan(
      2 * mebibyte,
    );
    expect((await imageSpace("raw", { bytes: 3 * mebibyte })).full).toBe(3 * mebibyte);
  });

  test("an image that takes a part of its disk from elsewhere is known", async () => {
    await run(["qemu-img", "create", "-q", "-f", "qcow2", `${dir}/base.qcow2`, "1M"]);
    await run([
      "qemu-img",
      "create",
      "-q",
      "-f",
      "qcow2",
      "-b",
      `${dir}/base.qcow2`,
      "-F",
      "qcow2",
      `${dir}/thin.qcow2`,
    ]);
    expect((await imageFacts(`${dir}/thin.qcow2`)).outside).toBe(`${dir}/base.qcow2`);
    await run([
      "qemu-img",
      "create",
      "-q",
      "-f",
      "qcow2",
      "-o",
      `data_file=${dir}/data.raw`,
      `${dir}/outer.qcow2`,
      "1M",
    ]);
    expect((await imageFacts(`${dir}/outer.qcow2`)).outside).toBe(`${dir}/data.raw`);
    await run(["qemu-img", "create", "-q", "-f", "vmdk", `${dir}/plain.vmdk`, "1M"]);
    expect(await imageFacts(`${dir}/plain.vmdk`)).toMatchObject({ format: "vmdk", outside: undefined });
  });

  test("what fails is told with the target's name, and the reason", async () => {
    await expect(imageFacts(`${dir}/gone.img`)).rejects.toThrow(/gone\.img: .*No such file/);
    writeFileSync(`${dir}/broken.img`, "short");
    const work = { draft: `${dir}/x.img`, target: "/srv/x.img", format: "raw" };
    const broken = writeImage({ ...work, source: { path: `${dir}/broken.img`, format: "qcow2" } }, quiet);
    await expect(broken).rejects.toThrow(/^\/srv\/x\.img: .*not in qcow2 format/);
  });
});
