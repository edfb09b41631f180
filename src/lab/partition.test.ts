import { describe, expect, test } from "bun:test";
import { cutsFor, filterRules } from "./partition.ts";
import { labSettings } from "./settings.ts";

const settings = labSettings({});

describe("cuts", () => {
  test("from all others unless said", () => {
    expect(cutsFor(settings, ["node1"], [])).toEqual([
      { from: "node1", to: "node2" },
      { from: "node2", to: "node1" },
      { from: "node1", to: "node3" },
      { from: "node3", to: "node1" },
    ]);
  });

  test("a witness is parted as nodes are", () => {
    const witnessed = labSettings({ nodes: 2, witness: true });
    expect(cutsFor(witnessed, ["node1"], []).map(({ to }) => to)).toEqual([
      "node2",
      "node1",
      "witness",
      "node1",
    ]);
    const rules = filterRules(witnessed, cutsFor(witnessed, ["node1"], ["witness"]), false);
    expect(rules).toContain('iifname "hlhavenn1" oifname "hlhavenn0" drop');
    expect(() => cutsFor(settings, ["node1"], ["witness"])).toThrow();
  });

  test("one way: what the nodes send is lost", () => {
    expect(cutsFor(settings, ["node1"], ["chassis1"], { oneWay: true })).toEqual([
      { from: "node1", to: "chassis1" },
    ]);
  });

  test("only some ports", () => {
    const ports = ["16514", "49152-49215"];
    expect(cutsFor(settings, ["node1"], ["node2"], { oneWay: true, ports })).toEqual([
      { from: "node1", to: "node2", ports },
    ]);
    for (const wrong of ["0", "70000", "20-10", "ssh", "1-2-3", "22; drop", ""]) {
      expect(() => cutsFor(settings, ["node1"], ["node2"], { ports: [wrong] })).toThrow(/no TCP port/);
    }
  });

  test.each([
    [["node9"], []],
    [["chassis1"], []],
    [["node1"], ["nowhere"]],
    [["node1"], ["node1"]],
    [["node1", "node2", "node3"], []],
  ])("%j from %j is refused", (names, from) => {
    expect(() => cutsFor(settings, names, from)).toThrow();
  });
});

describe("packet filter", () => {
  test("nothing to drop: the table goes", () => {
    expect(filterRules(settings, [], false)).toBe(
      "add table bridge haven_hlhaven\ndelete table bridge haven_hlhaven\n",
    );
  });

  test("nodes by their links, the host by its addresses", () => {
    const cuts = [
      { from: "node1", to: "node2" },
      { from: "node1", to: "chassis1" },
      { from: "chassis1", to: "node1" },
    ];
    const rules = filterRules(settings, cuts, true);
    expect(rules).toContain('iifname "hlhavenn1" oifname "hlhavenn2" drop');
    expect(rules).not.toContain('iifname "hlhavenn2" oifname "hlhavenn1" drop');
    expect(rules).toContain('iifname "hlhavenn1" ip daddr 10.123.45.250 drop');
    expect(rules).toContain('oifname "hlhavenn1" ip saddr 10.123.45.250 drop');
    expect(rules).toContain('iifname "hlhavenn3" ip daddr 10.123.45.2 icmp type echo-request drop');
  });

  test("ports: what is asked and what is answered", () => {
    const ports = ["16514", "49152-49215"];
    const rules = filterRules(settings, [{ from: "node1", to: "node2", ports }], false);
    expect(rules.match(/.*drop$/gm)).toEqual([
      '    iifname "hlhavenn1" oifname "hlhavenn2" tcp dport { 16514, 49152-49215 } drop',
      '    iifname "hlhavenn1" oifname "hlhavenn2" tcp sport { 16514, 49152-49215 } drop',
    ]);
  });
});
