import { expect, test } from "bun:test";
import { Claims, claimsOf, plainPath } from "./vm-claims.ts";

const disk = (source: string, more = "", device = "disk"): string =>
  `<disk type='file' device='${device}'><source ${source}/>${more}</disk>`;
const domain = (devices: string, name = "a"): string =>
  `<domain><name>${name}</name><uuid>0A-b</uuid><devices>${devices}</devices></domain>`;

test("what a VM claims", () => {
  const devices = [
    disk("file='/a//b'"),
    disk("dev='/dev/x'", "<readonly/>"),
    disk("file='/i.iso'", "", "cdrom"),
    disk("protocol='rbd' name='pool/img'", "<shareable/>"),
    "<interface><mac address='02:00:0A:00:00:01'/></interface>",
    "<graphics type='vnc' port='5901' websocket='5700'/><graphics type='vnc' port='5902' autoport='yes'/>",
    "<graphics type='spice' port='-1'/>",
  ].join("");
  expect(claimsOf(domain(devices)).map(({ key, sharing }) => [key, sharing])).toEqual([
    ["name a", "none"],
    ["uuid 0a-b", "none"],
    ["disk /a/b", "none"],
    ["disk /dev/x", "readonly"],
    ["disk /i.iso", "readonly"],
    ["disk rbd:pool/img", "shareable"],
    ["mac 02:00:0a:00:00:01", "none"],
    ["port 5901", "none"],
    ["port 5700", "none"],
  ]);
  expect(claimsOf("<domain")).toEqual([]);
});

test.each([
  ["/srv/./a/../b//c", "/srv/b/c"],
  ["/dev/mapper/vg_san-mail", "/dev/vg_san/mail"],
  ["/dev/mapper/my--vg-mail--1", "/dev/my-vg/mail-1"],
  ["/dev/mapper/mpatha", "/dev/mapper/mpatha"],
])("%s is %s", (path, plain) => {
  expect(plainPath(path)).toBe(plain);
});

test("sharing takes two", () => {
  const clash = (first: string, second: string, aliases?: Map<string, string[]>): string | undefined => {
    const claims = new Claims(aliases);
    for (const claim of claimsOf(`<domain><devices>${first}</devices></domain>`)) claims.make("a", claim);
    const [claim] = claimsOf(`<domain><devices>${second}</devices></domain>`);
    return claim && claims.make("b", claim)?.owner;
  };
  const own = disk("file='/a'");
  expect(clash(own, disk("file='//a'"))).toBe("a");
  expect(clash(own, disk("file='/b'"))).toBeUndefined();
  expect(clash(disk("file='/a'", "<readonly/>"), disk("file='/a'", "", "cdrom"))).toBeUndefined();
  expect(clash(disk("file='/a'", "<shareable/>"), disk("file='/a'", "<shareable/>"))).toBeUndefined();
  expect(clash(disk("file='/a'", "<shareable/>"), own)).toBe("a");
  expect(clash(own, disk("file='/a'", "<readonly/>"))).toBe("a");
  const same = new Map(["/a", "/link"].map((path) => [path, ["inode 1 2"]]));
  expect(clash(own, disk("dev='/link'"), same)).toBe("a");
});

test("UEFI's variables and a TPM's state are one VM's own", () => {
  const domain = `<domain><os><nvram>/srv//a.fd</nvram></os>
    <devices><tpm><backend type='emulator'><source type='dir' path='/srv/a.tpm'/></backend></tpm></devices></domain>`;
  expect(claimsOf(domain).map(({ key, sharing }) => [key, sharing])).toEqual([
    ["disk /srv/a.fd", "none"],
    ["disk /srv/a.tpm", "none"],
  ]);
});
