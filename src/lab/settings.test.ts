import { describe, expect, test } from "bun:test";
import {
  labAddresses,
  labBridge,
  labMachines,
  labNodes,
  labSettings,
  overlap,
  parseSubnet,
  subnetsToTry,
} from "./settings.ts";

describe("settings", () => {
  test("the usual lab", () => {
    const settings = labSettings({});
    expect(settings).toEqual({
      name: "haven",
      nodes: 3,
      witness: false,
      image: "debian13",
      dir: "/var/lib/haven-lab/haven",
      subnet: "10.123.45.0/24",
      watchdog: 0,
      prefix: "hlhaven",
    });
    expect(labNodes(settings).map(({ name, address }) => `${name} ${address}`)).toEqual([
      "node1 10.123.45.11",
      "node2 10.123.45.12",
      "node3 10.123.45.13",
    ]);
    expect(labAddresses(settings)).toEqual({
      bits: 24,
      gateway: "10.123.45.1",
      pingTarget: "10.123.45.2",
      amm: "10.123.45.250",
      cmm: "10.123.45.251",
      pdu: "10.123.45.252",
    });
  });

  test("nodes that stand for others have their names", () => {
    const settings = labSettings({ nodes: 2, nodeNames: ["hv1.example.org", "hv2"] });
    expect(labNodes(settings).map(({ name, dir }) => [name, dir.replace(/.*\//, "")])).toEqual([
      ["hv1.example.org", "hv1.example.org"],
      ["hv2", "hv2"],
    ]);
    expect(labNodes(settings).map(({ address }) => address)).toEqual(
      labNodes(labSettings({ nodes: 2 })).map(({ address }) => address),
    );
    for (const nodeNames of [
      ["a"],
      ["a", "a"],
      ["a", "witness"],
      ["a", "../b"],
      ["a", "b c"],
      ["a", "bmc-a"],
    ]) {
      expect(() => labSettings({ nodes: 2, nodeNames })).toThrow();
    }
  });

  test("a witness is a machine, and no node", () => {
    const settings = labSettings({ nodes: 2, witness: true });
    expect(labNodes(settings).map(({ name }) => name)).toEqual(["node1", "node2"]);
    const machines = labMachines(settings);
    expect(machines.map(({ name }) => name)).toEqual(["node1", "node2", "witness"]);
    for (const what of ["address", "mac", "link", "linkMac", "dir"] as const) {
      expect(new Set(machines.map((one) => one[what])).size).toBe(3);
    }
    expect(labMachines(labSettings({}))).toEqual(labNodes(labSettings({})));
  });

  test("interfaces have names that the kernel takes, whatever the lab's name and size", () => {
    const settings = labSettings({ name: "a-very-long-name-of-thirty-1234", nodes: 32 });
    const names = [labBridge(settings).name, ...labNodes(settings).map(({ link }) => link)];
    for (const name of names) expect(name.length).toBeLessThanOrEqual(15);
    expect(new Set(names).size).toBe(33);
  });

  test("where nobody has said where, there are neighbours to try, all of them good, the first the usual one", () => {
    for (const name of ["haven", "test", "a", "b", "c", "d", "e", "f"]) {
      const all = subnetsToTry({ name });
      expect(all[0]).toBe(labSettings({ name }).subnet);
      expect(new Set(all).size).toBe(12);
      for (const subnet of all) expect(labSettings({ name, subnet }).subnet).toBe(subnet);
    }
  });

  test("labs of different names or places share no address, link or MAC", () => {
    const labs = [{}, { name: "l1" }, { name: "l2" }].map(labSettings);
    expect(new Set(labs.map(({ subnet }) => subnet)).size).toBe(3);
    expect(new Set(labs.map((settings) => labBridge(settings).mac)).size).toBe(3);
    const elsewhere = labSettings({ dir: "/srv/lab" });
    expect(labBridge(elsewhere).mac).not.toBe(labBridge(labSettings({})).mac);
  });

  test("MAC addresses are locally administered and unicast", () => {
    for (const { mac, linkMac } of labNodes(labSettings({ nodes: 32 }))) {
      for (const address of [mac, linkMac]) expect(address).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    }
  });

  test.each([
    [{ name: "Haven" }, "--name"],
    [{ name: "../x" }, "--name"],
    [{ name: "" }, "--name"],
    [{ nodes: 0 }, "--nodes"],
    [{ nodes: 33 }, "--nodes"],
    [{ nodes: 1.5 }, "--nodes"],
    [{ dir: "relative" }, "--dir"],
    [{ dir: "/a,b" }, "--dir"],
    [{ dir: "/a/../b" }, "--dir"],
    [{ subnet: "10.0.0.1/24" }, "--subnet"],
    [{ subnet: "10.0.0.0/25" }, "--subnet"],
    [{ subnet: "10.0.0.0/8" }, "--subnet"],
    [{ subnet: "300.0.0.0/24" }, "--subnet"],
    [{ subnet: "fd00::/64" }, "--subnet"],
  ])("%j is refused", (choice, where) => {
    expect(() => labSettings(choice)).toThrow(where);
  });

  test("networks overlap when one holds the other", () => {
    const wide = parseSubnet("10.123.0.0/16");
    const narrow = parseSubnet("10.123.45.0/24");
    expect(overlap(wide, narrow)).toBe(true);
    expect(overlap(narrow, wide)).toBe(true);
    expect(overlap(narrow, parseSubnet("10.123.46.0/24"))).toBe(false);
    expect(overlap(narrow, { base: 0, bits: 0 })).toBe(true);
  });
});
