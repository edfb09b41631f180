import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { libvirtSchemaPaths, schemaProblems } from "../../test/support/libvirt-schemas.ts";
import { xmDomain } from "./xm-config.ts";

setDefaultTimeout(60_000);

const hvm = `
name = "mail"
uuid = '5f3e2d1c-4b5a-4987-8765-43210fedcba9'
type = "hvm"; memory = 512; vcpus = 1 ; maxvcpus = 4
boot = "cd"
disk = [
  'phy:/dev/vg/mail,xvda,w',   # the system
  "tap:aio:/srv/data.img,xvdb,w!",
  'phy:vg/tools,hdc:cdrom,r',
]
vif = ['bridge=br0', "mac=00:16:3e:00:00:02,bridge=br1,vifname=mail.1,script=vif-bridge"]
acpi = 1
apic = 0
on_reboot = 'restart'
vfb = ['type=vnc,vnclisten=0.0.0.0']
`;

const pv = `name = "shop"
memory = 256
kernel = "/boot/vmlinuz-xen"
ramdisk = "/boot/initrd-xen"
root = "/dev/xvda1 ro"
extra = "console=hvc0"
disk = ["file:/srv/shop.img,xvda,w"]
`;

function domain(text: string): string {
  const made = xmDomain(text);
  return typeof made === "string" ? made : made.xml;
}

describe("Xen's configuration files", () => {
  test("a full machine: disks, cards, screen, what it boots", () => {
    const xml = domain(hvm);
    for (const part of [
      '<vcpu current="1">4</vcpu>',
      '<boot dev="hd"/><boot dev="cdrom"/>',
      "<features><acpi/><pae/></features>",
      '<source dev="/dev/vg/mail"/><target dev="xvda" bus="xen"/></disk>',
      '<source file="/srv/data.img"/><target dev="xvdb" bus="xen"/><shareable/>',
      '<source dev="/dev/vg/tools"/><target dev="hdc" bus="ide"/><readonly/>',
      '<interface type="bridge"><source bridge="br0"/></interface>',
      '<mac address="00:16:3e:00:00:02"/><source bridge="br1"/><target dev="mail.1"/><script path="vif-bridge"/>',
      '<listen type="address" address="0.0.0.0"/>',
    ])
      expect(xml).toContain(part);
  });

  test("a paravirtual one with a kernel of the host's, or a boot loader", () => {
    expect(domain(pv)).toContain(
      "<kernel>/boot/vmlinuz-xen</kernel><initrd>/boot/initrd-xen</initrd><cmdline>root=/dev/xvda1 ro console=hvc0</cmdline>",
    );
    const loader = 'name="a"\nmemory=1\nbootloader="/usr/bin/pygrub"';
    expect(domain(loader)).toContain("<bootloader>/usr/bin/pygrub</bootloader>");
  });

  test("what has no counterpart is told, a password's value is not", () => {
    const made = xmDomain(`${pv}\nlocaltime = 1\nvncpasswd = 'x'\n`);
    expect(made).toMatchObject({ left: ["localtime = 1", "vncpasswd"] });
  });

  test.each([
    ["memory = 1", "it names no name"],
    ["name = 'a'", "it names no memory in MiB"],
    ["name = 'a'\nmemory = 1", "it names neither builder = 'hvm', nor a bootloader, nor a kernel"],
    ["name = 'a' + str(1)\nmemory = 1", "line 1 is no assignment"],
    ["name = 'a'\n\nif 1:\n  memory = 2", "line 3 is no assignment"],
    ["name = 'a'\nmemory = 1\ndisk = [ x ]", "disk is a list of something else than texts in quotes"],
    [
      "name='a'\nmemory=1\ndisk=['nbd:x,xvda,w']",
      'the disk "nbd:x,xvda,w" is not written as SOURCE,DEVICE,MODE',
    ],
    ["name='a'\nmemory=1\nvif=['mac=00:16:3e:00:00:02']", 'the card "mac=00:16:3e:00:00:02" names no bridge'],
    ["name='a'\nmemory=1\nvif=['bridge=b,rate=1']", "has rate, which is not known here"],
    ["name='a'\nmemory=1\ntype='hvm'\nboot='x'", "boot has a letter other than"],
    ["<domain/>", "line 1 is no assignment"],
  ])("%s", (text, why) => {
    expect(domain(text)).toContain(why);
  });

  test.each(Object.entries(libvirtSchemaPaths()))("%s schema takes what becomes of them", async (_, path) => {
    for (const text of [hvm, pv]) expect(await schemaProblems(path, domain(text))).toEqual([]);
  });
});
