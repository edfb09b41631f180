import { expect, test } from "bun:test";
import { mountOf, parseMounts, wantedMount } from "./mounts.ts";

const info = [
  "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
  "30 22 0:45 / /srv/vms rw,relatime shared:9 - nfs4 filer:/vms rw,vers=4.2",
  "31 22 0:46 / /srv/iso\\040files ro,relatime - nfs4 filer:/iso rw",
  "32 30 0:47 / /srv/vms rw - tmpfs none rw",
  "",
].join("\n");

test("the mount that a path is in, what is mounted over it counts", () => {
  const mounts = parseMounts(info);
  expect(mounts).toHaveLength(4);
  expect(mountOf("/srv/vms/web", mounts)).toMatchObject({ kind: "tmpfs", point: "/srv/vms" });
  expect(mountOf("/srv/vms2", mounts)).toMatchObject({ kind: "ext4", point: "/", readOnly: false });
  expect(mountOf("/srv/iso files/a", mounts)).toEqual({
    ...{ kind: "nfs4", point: "/srv/iso files", source: "filer:/iso", readOnly: true },
  });
  expect(mountOf("/x", [])).toBeUndefined();
});

test("what /etc/fstab wants mounted for a path", () => {
  const fstab = [
    "# comment",
    "UUID=1 / ext4 defaults 0 1",
    "/dev/sda2 none swap sw 0 0",
    "filer:/vms /srv/vms/ nfs4 hard 0 0",
    "filer:/by-hand /srv/by-hand nfs4 noauto 0 0",
  ].join("\n");
  expect(wantedMount("/srv/vms/images", fstab)).toBe("/srv/vms");
  expect(wantedMount("/srv/by-hand", fstab)).toBeUndefined();
  expect(wantedMount("/var/lib/libvirt/images", fstab)).toBeUndefined();
});
