import { expect, test } from "bun:test";
import type { StoredFile } from "../../../src/contract/storage-answer.ts";
import { storedChoices, storedProblems, storedUseAt } from "./stored-choices.ts";

const file = (path: string, kind: StoredFile["kind"], vms: string[] = []): StoredFile => ({
  ...{ path, kind, vms, bytes: 2 ** 30, modified: "2026-01-01T00:00:00.000Z" },
});

const storage = {
  node: "node1",
  locations: [
    {
      ...{ path: "/srv", isCut: true },
      files: [
        file("/srv/a.qcow2", "image"),
        file("/srv/web1.qcow2", "image", ["web1"]),
        file("/srv/debian.iso", "iso", ["web1"]),
      ],
    },
    { path: "/dev/vg", isCut: false, files: [file("/dev/vg/a", "block")] },
    { path: "/gone", isCut: false, why: "it is not there", files: [] },
  ],
};

test("a disk is one that no VM has; a copy may be of one that a VM has, and so may an ISO image be", () => {
  expect(storedChoices(storage, "disk")).toEqual([["/srv/a.qcow2", "/srv/a.qcow2 (1 GiB)"]]);
  expect(storedChoices(storage, "source").map(([path]) => path)).toEqual(["/srv/a.qcow2", "/srv/web1.qcow2"]);
  expect(storedChoices(storage, "iso")).toEqual([["/srv/debian.iso", "/srv/debian.iso (1 GiB, of web1)"]]);
  expect(storedChoices(storage, "block")).toEqual([["/dev/vg/a", "/dev/vg/a"]]);
  expect(storedChoices(undefined, "iso")).toEqual([]);
});

test("what could not be looked at is said", () => {
  expect(storedProblems(storage)).toEqual([
    "There is more in /srv than is listed here",
    "/gone could not be looked through: it is not there",
  ]);
});

test("files stand at a disk's fields, and nowhere else", () => {
  expect(storedUseAt(["disks", "[]", "file"])).toBe("disk");
  expect(storedUseAt(["disks", "[]", "iso"])).toBe("iso");
  expect(storedUseAt(["disks", "[]", "create", "copy"])).toBe("source");
  expect(storedUseAt(["disks", "[]", "bus"])).toBeUndefined();
  expect(storedUseAt(["install", "iso"])).toBeUndefined();
  expect(storedUseAt([])).toBeUndefined();
});
