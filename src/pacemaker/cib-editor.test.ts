import { describe, expect, test } from "bun:test";
import { applyChanges } from "../../test/support/apply-changes.ts";
import { smallCib } from "../../test/support/small-cib.ts";
import { xml } from "../xml/element.ts";
import { firstDifference } from "../xml/same-meaning.ts";
import { Cib } from "./cib.ts";
import { CibEditor, maxValueBytes } from "./cib-editor.ts";
import { cibProblems } from "./cib-problems.ts";

function edit(change: (editor: CibEditor) => void): { steps: readonly string[]; cib: Cib } {
  const base = Cib.parse(smallCib);
  const editor = new CibEditor(base);
  change(editor);
  const changes = editor.changes();
  // Whatever the edit: what the patch makes of the old is what the editor shows, and the old is as it was.
  expect(firstDifference(applyChanges(base, changes).root, editor.cib.root)).toBeUndefined();
  expect(firstDifference(base.root, Cib.parse(smallCib).root)).toBeUndefined();
  return {
    steps: changes.map((step) => `${step.operation} ${step.path.replace("/cib/configuration", "")}`),
    cib: editor.cib,
  };
}

describe("edits become the fewest steps", () => {
  test("no change, no step; a change taken back, none either", () => {
    expect(edit(() => undefined).steps).toEqual([]);
    const { steps } = edit((editor) => {
      editor.setProperties({ "cluster-name": "other", new: "1" });
      editor.setProperties({ "cluster-name": "demo", new: undefined });
    });
    expect(steps).toEqual([]);
  });

  test("properties: set, add, take away, a set of one's own", () => {
    const { steps, cib } = edit((editor) => {
      editor.setProperties({ "cluster-name": "x", "batch-limit": 24, "stonith-enabled": undefined });
      editor.setProperties({ "cpu-overcommit": 4 }, "haven-settings");
    });
    expect(steps).toEqual([
      "delete /crm_config/cluster_property_set[@id='cib-bootstrap-options']/nvpair[@id='cib-bootstrap-options-stonith-enabled']",
      "modify /crm_config/cluster_property_set[@id='cib-bootstrap-options']/nvpair[@id='cib-bootstrap-options-cluster-name']",
      "create /crm_config/cluster_property_set[@id='cib-bootstrap-options']",
      "create /crm_config",
    ]);
    expect(cib.property("cpu-overcommit")).toBe("4");
  });

  test("a section that is missing is made in its place", () => {
    const { steps, cib } = edit((editor) => {
      editor.setOperationDefaults({ timeout: "60s" });
      editor.setResourceDefaults({ "resource-stickiness": 1 });
      editor.setAlert(xml("alert", { id: "a1", path: "/usr/bin/alert" }));
    });
    expect(steps).toEqual(["create ", "create ", "create "]);
    expect(cib.configuration.children.map((child) => child.name)).toEqual([
      "crm_config",
      "nodes",
      "resources",
      "constraints",
      "rsc_defaults",
      "op_defaults",
      "fencing-topology",
      "tags",
      "alerts",
    ]);
  });

  test("a resource of a group, at a place", () => {
    const { steps, cib } = edit((editor) => {
      editor.addResource(xml("primitive", { id: "first", class: "ocf", provider: "p", type: "t" }), {
        inside: "front",
        position: 0,
      });
    });
    expect(steps).toEqual(["create /resources/group[@id='front']"]);
    expect(cib.byId("front")?.children.map((child) => child.get("id"))).toEqual(["first", "ip", "proxy"]);
  });

  test("a resource that goes takes its constraints, levels and tags with it", () => {
    const { steps, cib } = edit((editor) => {
      editor.removeResource("vm-web");
      editor.removeResource("fence");
      editor.removeResource("ping");
    });
    expect(cib.byId("ping-clone")).toBeUndefined();
    expect(cibProblems(cib)).toEqual([]);
    expect(steps).toEqual([
      "delete /resources/primitive[@id='vm-web']",
      "delete /resources/clone[@id='ping-clone']",
      "delete /resources/primitive[@id='fence']",
      "delete /constraints/rsc_location[@id='web-prefers']",
      "delete /constraints/rsc_order[@id='ip-then-web']/resource_set[@id='set1']/resource_ref[@id='vm-web']",
      "delete /fencing-topology/fencing-level[@id='fl1']",
      "delete /tags/tag[@id='all']/obj_ref[@id='vm-web']",
    ]);
  });

  test("own pairs win over shared ones, and leave the shared ones alone", () => {
    const { cib } = edit((editor) =>
      editor.setNvpairs("vm-web", "meta_attributes", { "target-role": "Stopped" }),
    );
    const vm = cib.byId("vm-web");
    const meta = vm === undefined ? new Map() : cib.nvpairs(vm, "meta_attributes");
    expect([meta.get("target-role"), meta.get("priority")]).toEqual(["Stopped", "1"]);
    expect(vm?.children.map((child) => child.get("id") ?? child.get("id-ref"))).toEqual([
      "vm-web-params",
      "vm-web-meta_attributes",
      "haven-vm-meta",
      "haven-vm-ops",
    ]);
  });

  test("what another tool wrote into a second set neither wins nor comes back", () => {
    const role = (value: string | undefined): string | undefined => {
      const { cib } = edit((editor) => {
        editor.addResource(
          xml("primitive", { id: "vm-two", class: "ocf", provider: "haven", type: "Domain" }, [
            xml("meta_attributes", { id: "first" }, [
              xml("nvpair", { id: "first-role", name: "target-role", value: "Started" }),
              xml("nvpair", { id: "first-priority", name: "priority", value: "1" }),
            ]),
            xml("meta_attributes", { id: "vm-two-meta_attributes" }, [
              xml("nvpair", { id: "second-role", name: "target-role", value: "Master" }),
            ]),
          ]),
        );
        editor.setNvpairs("vm-two", "meta_attributes", { "target-role": value });
      });
      const vm = cib.byId("vm-two");
      return vm && cib.nvpairs(vm, "meta_attributes").get("target-role");
    };
    expect([role("Stopped"), role(undefined)]).toEqual(["Stopped", undefined]);
  });

  test("node attributes, utilization, fencing levels", () => {
    const { cib } = edit((editor) => {
      editor.setNodeAttributes("node2", { standby: "on" });
      editor.setNodeUtilization("node1", { memory: 4096, cpu: 8 });
      editor.setFencingLevels("node1", []);
      editor.setFencingLevels("node2", [["fence"], ["fence", "fence"]]);
    });
    expect(cib.node("node2")?.attributes.get("standby")).toBe("on");
    expect(Object.fromEntries(cib.node("node1")?.utilization ?? [])).toEqual({ memory: "4096", cpu: "8" });
    expect(cib.section("fencing-topology")?.children.map((level) => level.get("target"))).toEqual([
      "node2",
      "node2",
    ]);
    const { steps } = edit((editor) => editor.setNodeAttributes("node1", { standby: undefined }));
    expect(steps).toEqual([]);
  });

  test("another order of a group's members", () => {
    const { cib } = edit((editor) => {
      editor.replace(
        xml("group", { id: "front" }, [
          xml("primitive", { id: "proxy", class: "ocf", provider: "heartbeat", type: "haproxy" }),
          xml("primitive", { id: "new", class: "ocf", provider: "heartbeat", type: "x" }),
          xml("primitive", { id: "ip", class: "ocf", provider: "heartbeat", type: "IPaddr2" }),
        ]),
      );
    });
    expect(cib.byId("front")?.children.map((child) => child.get("id"))).toEqual(["proxy", "new", "ip"]);
  });
});

describe("what an edit refuses", () => {
  const editor = new CibEditor(Cib.parse(smallCib));
  const primitive = (id: string) => xml("primitive", { id, class: "ocf", provider: "p", type: "t" });
  test("values that Pacemaker or crmsh cannot take", () => {
    expect(() => editor.setProperties({ a: "1\n2" })).toThrow("line break or a tab");
    expect(() =>
      editor.setNvpairs("vm-web", "instance_attributes", { xml: "x\ty" }, "vm-web-params"),
    ).toThrow("xml of vm-web-params-xml has a line break or a tab");
    expect(() => editor.setProperties({ big: "x".repeat(maxValueBytes + 1) })).toThrow("102401 bytes");
    expect(() => editor.setProperties({ big: "é".repeat(maxValueBytes / 2 + 1) })).toThrow("102402 bytes");
  });

  test("ids that are taken or no ids", () => {
    expect(() => editor.addResource(primitive("ip"))).toThrow("The id 'ip' is taken");
    expect(() => editor.addResource(primitive("1st"))).toThrow("'1st' cannot be an id");
    expect(() => editor.addResource(primitive("a'b"))).toThrow("cannot be an id");
    expect(() => editor.addResource(xml("group", { id: "g" }, [primitive("x"), primitive("x")]))).toThrow(
      "The id 'x' is taken",
    );
  });

  test("names that are not there, with the nearest", () => {
    expect(() => editor.removeResource("vm-wep")).toThrow("There is no resource 'vm-wep'");
    expect(() => editor.setNodeAttributes("node3", { a: 1 })).toThrow("There is no node 'node3'");
    expect(() => editor.addConstraint(xml("rsc_location", { id: "c", rsc: "gone" }))).toThrow(
      "no resource 'gone'",
    );
  });

  test("and nothing is left half-made", () => expect(editor.changes()).toEqual([]));
});
