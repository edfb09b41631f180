import { expect, test } from "bun:test";
import { specDomain } from "../../test/support/spec-domain.ts";

/** The highest port of the domain that a specification gives. */
async function ports(text: string): Promise<string | undefined> {
  const { domain } = await specDomain(`name: a\nmemory: 64\n${text}`);
  const controllers = domain.child("devices")?.all("controller") ?? [];
  return controllers.find((one) => one.get("model") === "pcie-root-port")?.get("index");
}

test("there is a port for each device, and eight for what comes while the VM runs", async () => {
  expect(await ports("")).toBe("14");
  expect(await ports("disks: [{file: /a.img}, {file: /b.img}]\nnetworks: [{bridge: br0}]")).toBe("17");
  expect(await ports("disks: [{file: /a.img, bus: scsi}, {iso: /c.iso, bus: scsi}]")).toBe("14");
});

test("a machine without PCI Express has slots of its own", async () => {
  expect(await ports("machine: pc")).toBeUndefined();
  expect(await ports("hypervisor: xen")).toBeUndefined();
});
