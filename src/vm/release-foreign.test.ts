import { describe, expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { cibProblems } from "../pacemaker/cib-problems.ts";
import { xml } from "../xml/element.ts";
import { carryOver } from "./carry-over.ts";
import { type ForeignVm, foreignVms } from "./foreign-vms.ts";
import { releaseForeign, vmNames } from "./release-foreign.ts";

const nv = (id: string, name: string, value: string): string =>
  `<nvpair id="${id}" name="${name}" value="${value}"/>`;

/** A cluster with Haven's VM db, and the VM `old` of another agent as it is given. */
function cibWith(resources: string, constraints = ""): Cib {
  return Cib.parse(
    `<cib admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes><node id="1" uname="n1"><utilization id="u">${nv("ui", "licences", "2")}</utilization></node></nodes><resources>` +
      `<primitive id="vm-db" class="ocf" provider="haven" type="Domain"/><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"/>${resources}</resources>` +
      `<constraints>${constraints}</constraints><rsc_defaults><meta_attributes id="d">${nv("ds", "resource-stickiness", "10000")}</meta_attributes></rsc_defaults>` +
      `<tags><tag id="all"><obj_ref id="ip"/>${resources.includes('id="old"') ? '<obj_ref id="old"/>' : ""}</tag></tags></configuration><status/></cib>`,
  );
}

const old = (more = "", agent = "VirtualDomain"): string =>
  `<primitive id="old" class="ocf" provider="heartbeat" type="${agent}">${more}</primitive>`;

function foreign(cib: Cib): ForeignVm {
  const [vm] = foreignVms(cib);
  if (vm === undefined) throw new Error("no foreign VM");
  return vm;
}

const carried = (cib: Cib) => carryOver(cib, foreign(cib), vmNames(cib));

/** The configuration after `old` has become vm-new. */
function released(cib: Cib): Cib {
  const editor = new CibEditor(cib);
  editor.addResource(xml("primitive", { id: "vm-new", class: "ocf", provider: "haven", type: "Domain" }));
  releaseForeign(editor, "old", "vm-new", vmNames(editor.cib, new Map([["old", "new"]])));
  expect(cibProblems(editor.cib)).toEqual([]);
  return editor.cib;
}

describe("constraints", () => {
  test.each([
    ['<rsc_location id="c" rsc="old" node="n1" score="200"/>', { prefer: ["n1"] }],
    ['<rsc_location id="c" rsc="old" node="n1" score="-INFINITY"/>', { "never-on": ["n1"] }],
    [
      '<rsc_location id="c" rsc="old"><rule id="r" score="-INFINITY"><expression id="e" attribute="#uname" operation="ne" value="n1"/></rule></rsc_location>',
      { "only-on": ["n1"] },
    ],
    [
      '<rsc_colocation id="c" rsc="old" with-rsc="vm-db" score="-INFINITY"/>',
      { "apart-from": [{ vm: "db" }] },
    ],
    [
      '<rsc_colocation id="c" rsc="old" with-rsc="vm-db" score="-150"/>',
      { "apart-from": [{ vm: "db", strength: "should" }] },
    ],
    [
      '<rsc_colocation id="c" rsc="old" with-rsc="vm-db" score="INFINITY"/>',
      { "together-with": [{ vm: "db" }] },
    ],
    ['<rsc_order id="c" first="vm-db" then="old" symmetrical="false"/>', { after: [{ vm: "db" }] }],
  ])("a placement says the same: %s", (constraint, placement) => {
    const cib = cibWith(old(), constraint);
    expect(carried(cib)).toMatchObject({ placed: ["c"], spec: { placement } });
    expect(released(cib).byId("c")).toBeUndefined();
  });

  test.each([
    ["above stickiness it moves what runs", '<rsc_location id="c" rsc="old" node="n1" score="20000"/>'],
    ["it must not run elsewhere, rather", '<rsc_location id="c" rsc="old" node="n1" score="INFINITY"/>'],
    [
      "connectivity",
      '<rsc_location id="c" rsc="old"><rule id="r" score="-INFINITY" boolean-op="or"><expression id="e" attribute="pingd" operation="not_defined"/></rule></rsc_location>',
    ],
    [
      "a rule that is any of several",
      '<rsc_location id="c" rsc="old"><rule id="r" score="-INFINITY" boolean-op="or"><expression id="e" attribute="#uname" operation="ne" value="n1"/><expression id="f" attribute="#uname" operation="ne" value="n2"/></rule></rsc_location>',
    ],
    ["no VM", '<rsc_colocation id="c" rsc="old" with-rsc="ip" score="INFINITY"/>'],
    ["the other way round", '<rsc_colocation id="c" rsc="vm-db" with-rsc="old" score="INFINITY"/>'],
    ["it also stops with it", '<rsc_order id="c" first="vm-db" then="old"/>'],
    [
      "an attribute that is not known",
      '<rsc_location id="c" rsc="old" node="n1" score="1" resource-discovery="never"/>',
    ],
    [
      "a set",
      '<rsc_order id="c"><resource_set id="s"><resource_ref id="ip"/><resource_ref id="old"/></resource_set></rsc_order>',
    ],
  ])("kept with the new resource's name: %s", (_, constraint) => {
    const cib = cibWith(old(), constraint);
    expect(carried(cib)).toMatchObject({ placed: [], notes: expect.arrayContaining(["constraint kept: c"]) });
    expect(
      released(cib)
        .constraintsOf("vm-new")
        .map((one) => one.get("id")),
    ).toEqual(["c"]);
  });

  test("tags follow, and a pattern that no longer fits is told", () => {
    const cib = cibWith(old(), '<rsc_location id="c" rsc-pattern="^ol" node="n1" score="1"/>');
    expect(carried(cib).notes).toContain("c meant old by a pattern (^ol): it no longer does");
    expect(
      released(cib)
        .byId("all")
        ?.children.map((one) => one.get("id")),
    ).toEqual(["ip", "vm-new"]);
  });
});

describe("a group", () => {
  const group = (more = ""): string =>
    `<group id="g"><meta_attributes id="gm">${nv("gp", "priority", "3")}</meta_attributes>${more}</group>`;
  const member = (id: string): string =>
    `<primitive id="${id}" class="ocf" provider="pacemaker" type="Dummy"/>`;

  test("that holds nothing else goes with it, and its constraints are the VM's", () => {
    const cib = cibWith(
      group(old()),
      '<rsc_location id="c" rsc="g" node="n1" score="9"/><rsc_order id="o" first="ip" then="g"/>',
    );
    expect(carried(cib).spec).toMatchObject({ priority: 3, placement: { prefer: ["n1"] } });
    const after = released(cib);
    expect([after.byId("g"), after.byId("c"), after.byId("o")?.get("then")]).toEqual([
      undefined,
      undefined,
      "vm-new",
    ]);
  });

  test("goes on, bound as its members were to each other", () => {
    const cib = cibWith(
      group(member("first") + old() + member("last")),
      '<rsc_location id="c" rsc="g"><rule id="r" score="5"><expression id="e" attribute="a" operation="defined"/></rule></rsc_location>',
    );
    const after = released(cib);
    expect(
      after
        .byId("g")
        ?.all("primitive")
        .map((one) => one.get("id")),
    ).toEqual(["first", "last"]);
    const pairs = after.constraints
      .filter(({ name }) => name !== "rsc_location")
      .map((one) => [one.name, one.get("rsc") ?? one.get("first"), one.get("with-rsc") ?? one.get("then")]);
    expect(pairs).toEqual([
      ["rsc_colocation", "vm-new", "first"],
      ["rsc_order", "first", "vm-new"],
      ["rsc_colocation", "last", "vm-new"],
      ["rsc_order", "vm-new", "last"],
    ]);
    expect(after.constraintsOf("vm-new").some(({ name }) => name === "rsc_location")).toBe(true);
    expect(after.byId("c")?.get("rsc")).toBe("g");
  });
});

describe("parameters and meta attributes", () => {
  const parameters = (values: Readonly<Record<string, string>>): string =>
    `<instance_attributes id="i">${Object.entries(values)
      .map(([name, value]) => nv(`i-${name}`, name, value))
      .join("")}</instance_attributes>`;

  test("VirtualDomain's", () => {
    const more =
      parameters({
        config: "/etc/vm/a.xml",
        hypervisor: "qemu:///system",
        migration_transport: "ssh",
        migration_network_suffix: "-mig",
        monitor_scripts: "/usr/lib/a /usr/lib/b",
        force_stop: "true",
        snapshot: "/srv/snap",
      }) +
      `<meta_attributes id="m">${nv("m1", "allow-migrate", "true")}${nv("m2", "migration-threshold", "9")}${nv("m3", "target-role", "Started")}</meta_attributes>`;
    const found = carried(cibWith(old(more)));
    expect(found.spec).toEqual({
      migration: { "network-suffix": "-mig" },
      policies: { "monitor-scripts": ["/usr/lib/a", "/usr/lib/b"] },
    });
    expect([found.parameters, found.meta]).toEqual([{ force_stop: "true" }, { "migration-threshold": "9" }]);
    expect(found.notes).toEqual([
      "not carried over: snapshot=/srv/snap",
      "meta attribute kept: migration-threshold=9",
    ]);
  });

  test("utilization stays where a node has some to give", () => {
    const more = `<utilization id="x">${nv("x1", "licences", "1")}${nv("x2", "hv_memory", "512")}${nv("x3", "cpu", "9")}</utilization>`;
    const found = carried(cibWith(old(more)));
    expect(found.utilization).toEqual({ licences: "1" });
    expect(found.notes).toContain("utilization not carried over, since no node has it: hv_memory=512");
  });

  test("LibvirtQemu's: ESC before each shutdown, mail is told of", () => {
    const found = carried(
      cibWith(old(parameters({ config: "/a.xml", email: "x@example.org" }), "LibvirtQemu")),
    );
    expect(found.spec).toMatchObject({
      policies: { "esc-before-shutdown": true },
      migration: { allowed: false },
    });
    expect(found.notes).toContain("not carried over: email=x@example.org");
  });
});
