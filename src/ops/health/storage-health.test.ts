import { expect, test } from "bun:test";
import { parseMounts } from "../../host/mounts.ts";
import { storageHealth } from "./storage-health.ts";
import type { StorageAnswer } from "./storage-probe.ts";

const path = "/srv/vms/images";
const mounts = parseMounts(
  "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /srv/vms rw - nfs4 filer:/vms rw\n",
);
const good: StorageAnswer = {
  fs: { kind: "nfs", free: 50_000, total: 100_000, inodes: 0.5, ms: 2 },
  write: { ms: 4.2 },
  read: { ms: 1.1 },
};
const idsOf = (answer: StorageAnswer, fstab = "", has = mounts) =>
  storageHealth(path, answer, { mounts: has, fstab }).health.map(({ id, severity }) => `${id} ${severity}`);

test("one that answers in time", () => {
  const { storage, health } = storageHealth(path, good, { mounts, fstab: "" });
  expect(storage).toMatchObject({
    ...{ path, ok: true, text: "nfs", free: 50_000, total: 100_000, ms: 2, writeMs: 4.2, readMs: 1.1 },
    mount: { kind: "nfs4", source: "filer:/vms", point: "/srv/vms" },
  });
  expect(health).toMatchObject([{ id: "storage", severity: "ok", subject: path }]);
});

test("slow, full, without files, refused, gone, hanging", () => {
  const fs = good.fs as NonNullable<StorageAnswer["fs"]>;
  expect(idsOf({ ...good, write: { ms: 900 } })).toEqual(["storage.latency warning"]);
  expect(idsOf({ ...good, read: { ms: 4000 } })).toEqual(["storage.latency error"]);
  expect(idsOf({ ...good, fs: { ...fs, free: 5000 } })).toEqual(["storage.space warning"]);
  expect(idsOf({ ...good, fs: { ...fs, free: 500, inodes: 0.01 } })).toEqual([
    "storage.space error",
    "storage.inodes warning",
  ]);
  expect(idsOf({ fs, write: { why: "Permission denied" } })).toEqual(["storage.write warning"]);
  expect(idsOf({ fs, write: { why: "Read-only file system" } })).toEqual(["storage.write error"]);
  expect(idsOf({ failure: "it is not there" })).toEqual(["storage.answer error"]);
  const { storage, health } = storageHealth(
    path,
    { fs, hangs: true, failure: "it does not answer within 5 s" },
    { mounts, fstab: "" },
  );
  expect(storage).toMatchObject({
    ok: false,
    text: "it does not answer within 5 s: nothing could be written",
  });
  expect(health).toMatchObject([
    { id: "storage.answer", severity: "error", next: expect.stringContaining("dmesg") },
  ]);
});

test("what /etc/fstab wants mounted, and is not", () => {
  const fstab = "filer:/vms /srv/vms nfs4 hard 0 0\n";
  expect(idsOf(good, fstab)).toEqual(["storage ok"]);
  expect(idsOf(good, fstab, mounts.slice(0, 1))).toEqual(["storage.mount error"]);
});

test("block devices", () => {
  const found = storageHealth(
    "/dev",
    { fs: { kind: "tmpfs", free: 0, total: 4, inodes: 0, ms: 1 } },
    { mounts, fstab: "" },
  );
  expect(found.storage).toEqual({
    path: "/dev",
    ok: true,
    text: "block devices",
    ms: 1,
    inodes: 0,
    mount: expect.anything(),
  });
  expect(found.health).toMatchObject([{ severity: "ok", text: "block devices" }]);
});
