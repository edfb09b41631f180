import { expect, test } from "bun:test";
import { storageLines } from "./render-storage.ts";

test("files are listed with their VMs, and what is wrong with a location is said", () => {
  const modified = "2026-01-01T00:00:00.000Z";
  const lines = storageLines(
    {
      node: "node1",
      locations: [
        {
          ...{ path: "/srv/vms", isCut: true, free: 5 * 2 ** 30 },
          files: [
            { path: "/srv/vms/web1.qcow2", kind: "image", bytes: 1536, modified, vms: ["web1"] },
            { path: "/srv/vms/debian.iso", kind: "iso", bytes: 700 * 2 ** 20, modified, vms: [] },
          ],
        },
        { path: "/srv/gone", isCut: false, files: [], why: "it is not there" },
      ],
    },
    false,
  );
  expect(lines).toEqual([
    "PATH                 KIND       SIZE      VM",
    "/srv/vms/web1.qcow2  image      1.50 KiB  web1",
    "/srv/vms/debian.iso  ISO image  700 MiB   -",
    "/srv/vms: 5.00 GiB free",
    "There is more in /srv/vms than is listed",
    "/srv/gone could not be looked through: it is not there",
  ]);
  expect(storageLines({ node: "node1", locations: [] }, false)).toEqual([
    "No storage is configured. Name where disks may be: haven settings edit",
  ]);
});
