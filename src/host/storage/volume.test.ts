import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec, run } from "../../base/exec.ts";
import {
  createVolume,
  createVolumeWords,
  removeVolume,
  removeVolumeWords,
  volumeBytes,
  volumeGroup,
} from "./volume.ts";

setDefaultTimeout(60_000);

test("what LVM is told: one argument each, names never read as options", () => {
  expect(createVolumeWords("vg_san", "web1", 8_388_608)).toEqual([
    ...["lvcreate", "--yes", "--wipesignatures", "y", "--zero", "y", "--name", "web1", "--size", "8388608b"],
    ...["--", "vg_san"],
  ]);
  expect(removeVolumeWords("vg_san", "web1")).toEqual(["lvremove", "--yes", "--", "vg_san/web1"]);
  expect(volumeBytes(4_194_305, { extentBytes: 4_194_304 })).toBe(8_388_608);
});

const canLoop = process.getuid?.() === 0 && Bun.which("vgcreate") !== null && Bun.which("losetup") !== null;

/** A real LVM on a loop device. Without a device mapper in the kernel it keeps its books, and makes no devices. */
describe.skipIf(!canLoop)("LVM itself", () => {
  const group = `haven_test_${process.pid}`;
  let dir = "";
  let device = "";
  let words: readonly string[] = [];
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "haven-lvm-"));
    const file = openSync(`${dir}/disk.img`, "wx");
    ftruncateSync(file, 64 * 1024 * 1024);
    closeSync(file);
    device = (await run(["losetup", "--find", "--show", `${dir}/disk.img`])).trim();
    const filter = `devices{use_devicesfile=0 filter=["a|^${device}$|","r|.*|"]}`;
    words = [
      `--config=${filter} global{use_lvmpolld=0} activation{udev_sync=0 udev_rules=0} global{activation=0}`,
    ];
    await run(["vgcreate", ...words, group, device]);
  });
  afterAll(async () => {
    await exec(["vgremove", "--force", "--yes", ...words, group]);
    if (device !== "") await exec(["losetup", "--detach", device]);
    rmSync(dir, { recursive: true });
  });

  test("a volume is made, shown, not made twice, and removed", async () => {
    const before = await volumeGroup(group, { words });
    expect(before).toEqual({ freeBytes: 62_914_560, extentBytes: 4_194_304, volumes: [] });
    await createVolume(group, "web1", 8_388_608, { words });
    expect(await volumeGroup(group, { words })).toEqual({
      freeBytes: 62_914_560 - 8_388_608,
      extentBytes: 4_194_304,
      volumes: ["web1"],
    });
    await expect(createVolume(group, "web1", 8_388_608, { words })).rejects.toThrow("already exists");
    await expect(createVolume(group, "big", 1024 ** 4, { words })).rejects.toThrow("insufficient free space");
    await removeVolume(group, "web1", { words });
    expect(await volumeGroup(group, { words })).toEqual(before as never);
    await expect(removeVolume(group, "web1", { words })).rejects.toThrow(/Failed to find|not found/);
  });

  test("a group that is not there", async () => {
    expect(await volumeGroup("haven_test_none", { words })).toBeUndefined();
  });
});
