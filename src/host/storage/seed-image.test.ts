import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../base/exec.ts";
import { putInstaller } from "./installer-files.ts";
import { NewFile } from "./new-file.ts";
import { isoMaker, writeSeed } from "./seed-image.ts";

setDefaultTimeout(60_000);

const { signal } = new AbortController();
let dir = "";
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "haven-seed-")));
});
afterAll(() => rmSync(dir, { recursive: true }));

test("any of three programs makes the seed", () => {
  expect(isoMaker((program) => (program === "genisoimage" ? "/usr/bin/genisoimage" : null))).toEqual([
    "genisoimage",
  ]);
  expect(isoMaker(() => "/usr/bin/any")).toEqual(["xorriso", "-as", "mkisofs"]);
  expect(() => isoMaker(() => null)).toThrow("The program xorriso is not installed");
});

describe.skipIf(Bun.which("xorriso") === null)("with xorriso", () => {
  test("a seed has its label, and its files under their long names", async () => {
    const file = await NewFile.begin(`${dir}/web=1, a.seed.iso`);
    const files = { "meta-data": "instance-id: 1\n", "network-config": "version: 2\n" };
    await writeSeed(file, files, { label: "cidata", signal });
    await file.publish({ uid: 0, gid: 0, mode: 0o600 });
    await file.keep();
    const image = readFileSync(file.target);
    expect(image.toString("latin1", 32_808, 32_840).trim()).toBe("cidata");
    await run(["xorriso", "-osirrox", "on", "-indev", file.target, "-extract", "/", `${dir}/out`]);
    expect(readFileSync(`${dir}/out/network-config`, "utf8")).toBe("version: 2\n");
    expect(readFileSync(`${dir}/out/meta-data`, "utf8")).toBe("instance-id: 1\n");
  });

  test("an installer comes out of an ISO image and out of an archive", async () => {
    for (const [name, folder, kernel] of [
      ["iso", "install.amd", "vmlinuz"],
      ["tar", "debian-installer/amd64", "linux"],
    ] as const) {
      const tree = `${dir}/${name}`;
      mkdirSync(`${tree}/${folder}`, { recursive: true });
      writeFileSync(`${tree}/${folder}/${kernel}`, `kernel of ${name}`);
      writeFileSync(`${tree}/${folder}/initrd.gz`, `initrd of ${name}`);
    }
    await run(["xorriso", "-as", "mkisofs", "-quiet", "-rock", "-output", `${dir}/cd.iso`, `${dir}/iso`]);
    await run(["tar", "--create", "--gzip", "--file", `${dir}/netboot.tar.gz`, "."], { cwd: `${dir}/tar` });
    for (const [from, name] of [
      [`${dir}/cd.iso`, "iso"],
      [`${dir}/netboot.tar.gz`, "tar"],
    ] as const) {
      const into = `${dir}/into-${name}`;
      mkdirSync(into);
      await putInstaller(into, { from }, signal);
      expect(readFileSync(`${into}/kernel`, "utf8")).toBe(`kernel of ${name}`);
      expect(readFileSync(`${into}/initrd`, "utf8")).toBe(`initrd of ${name}`);
    }
    const wrong = putInstaller(`${dir}/into-iso`, { from: `${dir}/web=1, a.seed.iso` }, signal);
    await expect(wrong).rejects.toThrow("no installer was found in it (looked for /install.amd/vmlinuz");
  });
});

test("answers become a file of the initrd, whatever that is", async () => {
  const into = `${dir}/answers`;
  mkdirSync(into);
  writeFileSync(`${dir}/k`, "kernel");
  writeFileSync(`${dir}/i`, "12345");
  writeFileSync(`${dir}/preseed`, "d-i debconf/priority select critical\n");
  await putInstaller(into, { kernel: `${dir}/k`, initrd: `${dir}/i`, preseed: `${dir}/preseed` }, signal);
  expect(statSync(`${into}/initrd`).size).toBeGreaterThan(8);
  const archive = readFileSync(`${into}/initrd`);
  // What was there before, up to the next multiple of four.
  expect(archive.toString("latin1", 0, 8)).toBe("12345\0\0\0");
  expect(archive.toString("latin1", 8, 14)).toBe("070701");
  expect(archive.toString("latin1")).toContain("preseed.cfg\0");
  expect(archive.toString("latin1")).toContain("d-i debconf/priority select critical\n");
});
