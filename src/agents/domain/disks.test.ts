import { expect, test } from "bun:test";
import { sharedDisks } from "./disks.ts";

const domain = (...disks: readonly string[]): string =>
  `<domain><devices>${disks.map((disk) => `<disk ${disk}</disk>`).join("")}</devices></domain>`;

test("two domains that write to the same storage, whatever it is", () => {
  const disks: readonly [string, string][] = [
    ["type='file'><source file='/srv/a'/>", "/srv/a"],
    ["type='block'><source dev='/dev/vg/a'/>", "/dev/vg/a"],
    ["type='network'><source protocol='rbd' name='pool/a'><host name='h'/></source>", "network rbd pool/a"],
    ["type='volume'><source pool='p' volume='a'/>", "volume p a"],
    [
      "type='nvme'><source namespace='1'><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>",
      "nvme 0x0000 0x01 0x00 0x0 1",
    ],
  ];
  for (const [disk, source] of disks) {
    expect(sharedDisks(domain(disk), domain("type='file'><source file='/x'/>", disk))).toEqual([source]);
    expect(sharedDisks(domain(disk), domain(`${disk}<readonly/>`))).toEqual([]);
    expect(sharedDisks(domain(`${disk}<shareable/>`), domain(disk))).toEqual([]);
    for (const [other] of disks)
      if (other !== disk) expect(sharedDisks(domain(disk), domain(other))).toEqual([]);
  }
  expect(sharedDisks(domain("type='file'>"), domain("type='file'>"))).toEqual([]);
});
