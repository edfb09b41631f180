import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VmSpec } from "../contract/vm-spec.ts";
import { fileProblems } from "./file-problems.ts";

let dir = "";
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "haven-files-")));
  writeFileSync(`${dir}/disk.img`, "");
  mkdirSync(`${dir}/real`);
  writeFileSync(`${dir}/real/disk.img`, "");
  symlinkSync("real", `${dir}/link`);
  symlinkSync("disk.img", `${dir}/alias.img`);
});
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  ["disk.img", undefined],
  ["real/disk.img", undefined],
  ["gone.img", "does not exist"],
  ["disk.img/x", "does not exist: a part of the path is a file"],
  ["real", "is a directory"],
  ["alias.img", "is a symbolic link: give the path that it leads to"],
  ["link/disk.img", "leads through the symbolic link DIR/link: give the path that it leads to"],
])("a disk at %s", async (path, why) => {
  const spec = { name: "a", memory: 1, disks: [{ file: `${dir}/${path}` }] };
  const [problem] = await fileProblems(spec);
  expect(problem?.why.replace(dir, "DIR")).toBe(why);
  if (why !== undefined) expect(problem?.field).toEqual(["disks", 0, "file"]);
});

test("a file is no block device, and a device no file", async () => {
  const spec = { name: "a", memory: 1, disks: [{ block: `${dir}/disk.img` }, { file: "/dev/null" }] };
  expect((await fileProblems(spec)).map(({ why }) => why)).toEqual([
    "is not a block device: use file",
    "is neither a file nor a block device",
  ]);
});

test("a kernel may be a symbolic link, and must be there", async () => {
  const spec = { name: "a", memory: 1, boot: { kernel: `${dir}/alias.img`, initrd: `${dir}/gone` } };
  expect((await fileProblems(spec)).map(({ field, why }) => [field.join("."), why])).toEqual([
    ["boot.initrd", "does not exist"],
  ]);
});

test("an ISO image is there, and so is the folder of what is yet to be made", async () => {
  const spec: VmSpec = {
    name: "a",
    memory: 1,
    disks: [{ iso: `${dir}/gone.iso` }, { iso: "none" }, { iso: `${dir}/disk.img` }],
    firmware: { type: "uefi", nvram: `${dir}/gone/a.fd` },
    tpm: { enabled: true, state: `${dir}/real/a.tpm` },
  };
  expect(await fileProblems(spec)).toEqual([
    { field: ["disks", 0, "iso"], path: `${dir}/gone.iso`, why: "does not exist" },
    { field: ["firmware", "nvram"], path: `${dir}/gone`, why: "does not exist" },
  ]);
});

test("files that a whole XML names are looked at, too", async () => {
  const disk = (path: string, more = "") => `<disk><source file='${dir}/${path}'/>${more}</disk>`;
  const whole = `<domain><os><kernel>${dir}/gone</kernel></os><devices>${disk("disk.img")}${disk("alias.img")}</devices></domain>`;
  const spec: VmSpec = { name: "a", memory: 1, xml: { whole } };
  expect((await fileProblems(spec)).map(({ field, path, why }) => [field.join("."), path, why])).toEqual([
    ["xml.whole", `${dir}/alias.img`, "is a symbolic link: give the path that it leads to"],
    ["xml.whole", `${dir}/gone`, "does not exist"],
  ]);
});
