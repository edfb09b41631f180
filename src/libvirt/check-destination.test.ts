import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { neededFiles } from "./check-destination.ts";

test("files that a guest needs at its destination: disks, media, what it boots, UEFI's variables", () => {
  const domain = `<domain><os><kernel>/k</kernel><initrd>/i</initrd><nvram>/srv/a.fd</nvram></os><devices>
    <disk type='file'><source file='/srv/a.img'/></disk><disk type='block'><source dev='/dev/a'/></disk>
    <disk type='network'><source protocol='rbd' name='vms/a'/></disk>
    <disk type='file' device='cdrom'><target dev='sda'/></disk></devices></domain>`;
  expect(neededFiles(readXml(domain))).toEqual(["/srv/a.img", "/k", "/i", "/srv/a.fd"]);
});
