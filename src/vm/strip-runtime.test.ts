import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { stripRuntime } from "./strip-runtime.ts";

const { "running guest": running = "" }: Readonly<Record<string, string>> = JSON.parse(
  readFileSync("test/fixtures/foreign-domains.json", "utf8"),
);

function stripped(text: string): string {
  const domain = readXml(text);
  stripRuntime(domain);
  return writeXml(domain);
}

test("what belongs to one run goes, what the guest sees stays", () => {
  const text = stripped(running);
  for (const gone of [
    ' id="7"',
    "haven:migration",
    "<metadata",
    "backingStore",
    "/dev/pts",
    "vnet3",
    "virtio-disk0",
    "/run/libvirt",
    "seclabel",
    'index="1"/>',
    "state=",
    "5903",
  ])
    expect(text).not.toContain(gone);
  for (const left of [
    '<alias name="ua-lan"/>',
    '<address type="pci" domain="0x0000" bus="0x03"',
    '<graphics type="vnc" port="-1" autoport="yes" listen="127.0.0.1">',
    '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/>',
    '<log file="/var/log/libvirt/qemu/Old_1.prod-console.log" append="on"/>',
    'machine="pc-q35-10.0"',
  ])
    expect(text).toContain(left);
});

test("what an administrator wrote stays", () => {
  const text =
    '<domain type="kvm"><seclabel type="static" model="dac" relabel="no"><label>root:root</label></seclabel>' +
    '<devices><disk><source file="/a"/><backingStore type="file"><source file="/b"/></backingStore></disk>' +
    '<interface type="bridge"><source bridge="br0"/><target dev="web1.10"/></interface>' +
    '<channel type="unix"><source mode="bind" path="/run/mine.sock"/></channel>' +
    '<serial type="tcp"><source mode="bind" host="::1" service="1"/></serial>' +
    '<graphics type="vnc" port="5901" autoport="no"/></devices></domain>';
  expect(stripped(text)).toBe(text);
});

test("a network's bridge and port are libvirt's", () => {
  const text = '<interface type="network"><source network="lan" portid="1" bridge="virbr0"/></interface>';
  expect(stripped(`<domain type="kvm"><devices>${text}</devices></domain>`)).toContain(
    '<source network="lan"/>',
  );
});
