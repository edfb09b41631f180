import { describe, expect, test } from "bun:test";
import { smallCib } from "../../test/support/small-cib.ts";
import { Cib, resourcesNamedBy } from "./cib.ts";
import { cibProblems } from "./cib-problems.ts";

const cib = Cib.parse(smallCib);

describe("a CIB's typed view", () => {
  test("version, properties, nodes", () => {
    expect(cib.version).toEqual({ adminEpoch: 1, epoch: 7, numUpdates: 3 });
    expect(cib.property("cluster-name")).toBe("demo");
    expect(cib.property("cluster-name", "haven-settings")).toBeUndefined();
    expect(cib.nodes.map(({ name, id }) => [name, id])).toEqual([
      ["node1", "1"],
      ["node2", "2"],
    ]);
    expect(cib.node("node1")?.utilization.get("memory")).toBe("8192");
  });

  test("resources know what is around them", () => {
    expect(cib.resources.map(({ id, kind, inside }) => [id, kind, inside.join("/")])).toEqual([
      ["haven-vm", "template", ""],
      ["vm-web", "primitive", ""],
      ["front", "group", ""],
      ["ip", "primitive", "front"],
      ["proxy", "primitive", "front"],
      ["ping-clone", "clone", ""],
      ["ping", "primitive", "ping-clone"],
      ["fence", "primitive", ""],
    ]);
    expect(cib.resource("ping")?.inside).toEqual(["ping-clone"]);
    expect(cib.resource("web-prefers")).toBeUndefined();
  });

  test("id-ref is followed", () => {
    const vm = cib.byId("vm-web");
    expect(vm === undefined ? undefined : cib.nvpairs(vm, "meta_attributes").get("priority")).toBe("1");
  });

  test("constraints by the resources they name", () => {
    expect(cib.constraintsOf("vm-web").map((c) => c.get("id"))).toEqual(["web-prefers", "ip-then-web"]);
    expect(cib.constraints.map(resourcesNamedBy)).toEqual([["vm-web"], ["ip", "vm-web"]]);
  });

  test("what is no CIB says so", () => {
    expect(() => Cib.parse("<a/>")).toThrow("not a cluster configuration: Its root element is <a>");
    expect(() => Cib.parse("<cib epoch='x'/>").version).toThrow("epoch is 'x'");
    expect(() => Cib.parse("<cib/>").configuration).toThrow("no <configuration>");
    expect(() => Cib.parse("<cib>")).toThrow("CIB, line 1, column 6");
  });

  test("problems: ids that are there twice, references to nothing", () => {
    expect(cibProblems(cib)).toEqual([]);
    const broken = Cib.parse(
      smallCib.replace('id="proxy"', 'id="ip"').replace('devices="fence"', 'devices="fence,gone"'),
    );
    expect(cibProblems(broken).map(({ kind, text }) => [kind, text])).toEqual([
      ["duplicate-id", "The id 'ip' is there more than once"],
      ["dangling-reference", "Fencing level 'fl1' refers to 'gone', which is not there"],
    ]);
  });
});
