import { describe, expect, test } from "bun:test";
import { identityOf } from "./identity.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";

describe("identityOf", () => {
  test("reads what libvirt would take", () => {
    const xml = `<?xml version="1.0"?><!-- <uuid>x</uuid> -->\n<domain type='kvm' id="3"><name>a&amp;b</name>
      <uuid>${uuid.toUpperCase()}</uuid><devices><emulator>/usr/bin/qemu-x</emulator></devices></domain>`;
    expect(identityOf(xml)).toEqual({ uuid, name: "a&b", type: "kvm", emulator: "qemu-x" });
  });

  test("only what is directly below the domain counts", () => {
    const xml = `<domain type="qemu"><metadata><name>wrong</name><x:uuid xmlns:x="y">1</x:uuid></metadata>
      <sysinfo><system><entry name="uuid">wrong</entry></system></sysinfo><name>right</name><uuid>${uuid}</uuid></domain>`;
    expect(identityOf(xml)).toMatchObject({ name: "right", uuid });
  });

  test("the first name and UUID count", () => {
    const xml = `<domain type="qemu"><name>one</name><name>two</name><uuid>${uuid}</uuid></domain>`;
    expect(identityOf(xml)).toMatchObject({ name: "one" });
  });

  const broken: readonly [string, string][] = [
    ["", "not of a libvirt domain"],
    ["nonsense", "not of a libvirt domain"],
    ["<network><name>a</name></network>", "of <network>"],
    [`<domain><name>a</name><uuid>${uuid}</uuid></domain>`, "type"],
    [`<domain type='qemu'><uuid>${uuid}</uuid></domain>`, "no name"],
    ["<domain type='qemu'><name>a</name></domain>", "no UUID"],
    ["<domain type='qemu'><name>a</name><uuid>auto</uuid></domain>", "no UUID"],
    [`<domain type='qemu'><name/><uuid>${uuid}</uuid></domain>`, "no name"],
    ["<domain type='qemu'><name>a</na", "no UUID"],
  ];
  for (const [xml, why] of broken) {
    test(`says what is wrong with ${xml.slice(0, 40)}`, () => expect(identityOf(xml)).toContain(why));
  }

  test("a hundred kilobytes of anything cost little", () => {
    for (const piece of ["<a>", "<!--", "<domain type='", "<domain ".repeat(3), " a='"]) {
      const started = performance.now();
      identityOf(piece.repeat(Math.ceil(100_000 / piece.length)));
      expect(performance.now() - started).toBeLessThan(300);
    }
  });
});
