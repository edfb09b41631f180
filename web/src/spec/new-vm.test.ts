import { expect, test } from "bun:test";
import { parse } from "yaml";
import { missingIn, newVmText, nothingSaid, usualPath, vmNameOf, withImage } from "./new-vm.ts";
import { specMarks } from "./spec-marks.ts";

const web3 = { ...nothingSaid, name: "web3", path: "/srv/images/web3.qcow2" };

test("what is said becomes a specification in which nothing is wrong", () => {
  const text = newVmText({
    ...{ ...web3, class: "linux", iso: "/srv/iso/debian.iso", network: "bridge", link: "br0" },
    prefer: ["node2"],
  });
  expect(specMarks(text)).toEqual([]);
  expect(parse(text)).toEqual({
    ...{ name: "web3", class: "linux", memory: "2 GiB", cpu: 2 },
    disks: [{ file: "/srv/images/web3.qcow2", create: "20 GiB" }, { iso: "/srv/iso/debian.iso" }],
    ...{ networks: [{ bridge: "br0" }], boot: ["disk", "cdrom"], graphics: "vnc" },
    placement: { prefer: ["node2"] },
  });
});

test("disks that are there, and copies, files or volumes", () => {
  const disks = (changes: object): unknown => parse(newVmText({ ...web3, ...changes })).disks;
  expect(disks({ disk: "block", path: "/dev/vg/web3" })).toEqual([{ block: "/dev/vg/web3" }]);
  const copy = { disk: "copy", from: "/srv/images/debian.qcow2", size: "" };
  expect(disks(copy)).toEqual([
    { file: "/srv/images/web3.qcow2", create: { copy: "/srv/images/debian.qcow2" } },
  ]);
  expect(disks({ ...copy, path: "/dev/vg/web3", size: "30 GiB" })).toEqual([
    { block: "/dev/vg/web3", create: { copy: "/srv/images/debian.qcow2", size: "30 GiB" } },
  ]);
  expect(disks({ disk: "none" })).toBeUndefined();
});

test("of a host name the first part names the VM, and the whole of it its network", () => {
  const wishes = { ...web3, name: "Web3.example.org", isDns: true };
  expect(vmNameOf(wishes)).toBe("web3");
  const text = newVmText(wishes);
  expect(parse(text)).toMatchObject({ name: "web3", networks: [{ dns: "Web3.example.org" }] });
  expect(specMarks(text)).toEqual([]);
});

test("what is missing is said of each step", () => {
  expect(missingIn(nothingSaid, [])).toMatchObject({
    name: "It needs a name",
    disk: "The disk needs a path",
  });
  expect(missingIn(web3, ["web3"]).name).toBe("There is a VM web3 already");
  expect(missingIn({ ...web3, network: "zone" }, []).network).toBe("It needs the name of a zone");
  expect(missingIn(web3, [])).toEqual({ name: undefined, disk: undefined, network: undefined });
});

test("new disks are put where the settings say, block devices aside", () => {
  expect(usualPath(web3, ["/dev", "/srv/shared/images"])).toBe("/srv/shared/images/web3.qcow2");
  expect(usualPath(web3, [])).toBe("");
});

test("an image that has come is the drive's, the disk's, or what the disk is copied from", () => {
  expect(withImage({ disk: "new" }, "/srv/debian.iso")).toEqual({ iso: "/srv/debian.iso" });
  expect(withImage({ disk: "copy" }, "/srv/a.qcow2")).toEqual({ from: "/srv/a.qcow2" });
  expect(withImage({ disk: "new" }, "/srv/a.qcow2")).toEqual({ disk: "file", path: "/srv/a.qcow2" });
});
