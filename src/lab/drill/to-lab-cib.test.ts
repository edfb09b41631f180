import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { drillCib } from "../../../test/support/drill-cib.ts";
import { isHavenError } from "../../base/errors.ts";
import { Cib, resourcesNamedBy } from "../../pacemaker/cib.ts";
import { livePacemaker } from "../../pacemaker/live.ts";
import { vmsInCib } from "../../vm/vms-in-cib.ts";
import { chooseNodes } from "./lab-nodes.ts";
import { toLabCib } from "./to-lab-cib.ts";

const folder = join(import.meta.dir, "../../../../shared/corpus/pacemaker-scheduler/xml");
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".xml")) : [];
const hasTools = Bun.which("crm_verify") !== null;

/** What cluster set-up makes in a lab of those nodes. */
function labOf(names: readonly string[], schema = "pacemaker-3.9"): Cib {
  const nodes = names.map((name, i) => `<node id="${i + 1}" uname="${name}"/>`).join("");
  return Cib.parse(`<cib validate-with="${schema}" admin_epoch="0" epoch="9" num_updates="0"><configuration>
    <crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="c" name="cluster-name" value="drill"/><nvpair id="d" name="dc-deadtime" value="2s"/></cluster_property_set></crm_config>
    <nodes>${nodes}</nodes>
    <resources><primitive id="fence-chassis1" class="stonith" type="fence_haven_chassis"/></resources>
    <constraints/>
    <alerts><alert id="haven-alert" path="/usr/lib/haven/alert_haven"/></alerts>
  </configuration><status/></cib>`);
}

const pingTargets = ["10.1.1.1", "10.1.1.2"];

function transform(text: string, guests = 100) {
  const real = Cib.parse(text);
  const { names } = chooseNodes(real);
  return toLabCib(real, labOf([...names.values()]), { names, guests, pingTargets });
}

describe("a real cluster in a lab", () => {
  const before = drillCib();
  const { cib, vms, replaced, leftOut } = transform(before);
  const agent = (id: string): string =>
    ["class", "provider", "type"]
      .map((name) => cib.byId(id)?.get(name))
      .filter(Boolean)
      .join(":");

  test("VMs are small guests of the same name, with what the cluster goes by", () => {
    expect(vms.map(({ name, guest }) => `${name}=${guest}`)).toEqual([
      "db1=db1",
      "db2=db2",
      "web1=web1",
      "web2=web2",
      "batch=batch",
      "old-mail=old-mail",
    ]);
    const real = Cib.parse(before);
    for (const { resource, guest } of vms) {
      const [now, was] = [cib.byId(resource), real.byId(resource)];
      expect(agent(resource)).toBe("ocf:haven:Domain");
      if (now === undefined || was === undefined) throw new Error(resource);
      for (const kind of ["meta_attributes", "utilization"] as const)
        expect(cib.nvpairs(now, kind)).toEqual(real.nvpairs(was, kind));
      expect(now.all("operations").map((one) => one.attributes)).toEqual(
        was.all("operations").map((one) => one.attributes),
      );
      const xml = cib.nvpairs(now, "instance_attributes").get("xml") ?? "";
      expect(xml).toContain(`haven.name=${guest}`);
      expect(xml).not.toContain("/dev/san");
    }
    const [db1] = vmsInCib(cib);
    expect([db1?.spec?.memory, db1?.memory, db1?.priority]).toEqual([128, 8192, 10]);
    expect(vmsInCib(cib).find(({ name }) => name === "web1")?.xml).toContain("haven.ready=0");
  });

  test("constraints stay, but of what is not there", () => {
    expect(cib.constraints.map((one) => one.get("id"))).toEqual([
      "vm-db1.apart",
      "vm-web2.prefers",
      "storage-first",
    ]);
    expect(leftOut.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        "rsc_location fence-hv1-off",
        "rsc_ticket site",
        "alerts",
        "maintenance-mode",
        "mail",
        "standby of hv2",
      ]),
    );
  });

  test("what needs the real world only says that it runs; the lab's own devices fence, and nodes stay off", () => {
    expect(["admin-ip", "dlm", "lvmlockd", "ping"].map(agent)).toEqual([
      ...Array.from({ length: 3 }, () => "ocf:pacemaker:Dummy"),
      "ocf:pacemaker:ping",
    ]);
    expect(cib.nvpairs(cib.byId("ping") as never, "instance_attributes").get("host_list")).toBe(
      "10.1.1.1 10.1.1.2 10.1.1.1",
    );
    const stonith = cib.resources.filter(({ element }) => element.get("class") === "stonith");
    expect(stonith.map(({ id }) => id)).toEqual(["fence-chassis1"]);
    expect(
      ["stonith-action", "cluster-name", "dc-deadtime", "placement-strategy"].map((name) =>
        cib.property(name),
      ),
    ).toEqual(["off", "drill", "2s", "balanced"]);
    expect(replaced.map(({ id }) => id)).toEqual(["old-mail", "admin-ip", "dlm", "lvmlockd", "ping"]);
  });

  test("nobody outside is told, and no secret goes in", () => {
    const text = cib.toXml();
    for (const word of ["secret", "admin@example.org", "page-somebody", "10.9.0."])
      expect(text).not.toContain(word);
    expect(text).toContain("haven-alert");
  });

  test("nodes have what they have, and none is in standby", () => {
    expect(cib.nodes.map(({ name, utilization }) => [name, utilization.get("memory")])).toEqual([
      ["hv1", "20480"],
      ["hv2", "20480"],
      ["hv3", "20480"],
    ]);
    expect([...(cib.node("hv2")?.attributes ?? [])]).toEqual([["rack", "r2"]]);
  });

  test("VMs for which there is no guest keep a place; those with the highest priority are guests", () => {
    const few = transform(before, 2);
    expect(few.vms.flatMap(({ guest }) => guest ?? [])).toEqual(["db1", "db2"]);
    expect(few.cib.byId("vm-web1")?.get("type")).toBe("Dummy");
    expect(few.cib.nvpairs(few.cib.byId("vm-web1") as never, "utilization").get("memory")).toBe("8192");
  });

  test("what was given is as it was", () => {
    const real = Cib.parse(before);
    const { names } = chooseNodes(real);
    toLabCib(real, labOf([...names.values()]), { names, guests: 9, pingTargets });
    expect(real.toXml()).toBe(Cib.parse(before).toXml());
  });
});

test("templates, bundles, promotable clones, tags and guest nodes", () => {
  const { cib, leftOut } =
    transform(`<cib validate-with="pacemaker-3.9"><configuration><crm_config/><nodes><node id="1" uname="a"/><node id="2" uname="b"/></nodes><resources>
    <template id="t" class="ocf" provider="heartbeat" type="VirtualDomain"><meta_attributes id="t-m"><nvpair id="t-m-p" name="priority" value="5"/></meta_attributes><operations><op id="t-x" name="monitor" interval="9s"/></operations></template>
    <primitive id="one" template="t"><meta_attributes id="one-m"><nvpair id="one-m-r" name="remote-node" value="guest1"/></meta_attributes></primitive>
    <bundle id="bundle"><docker image="x" replicas="2" promoted-max="1"/><primitive id="inner" class="ocf" provider="heartbeat" type="mysql"/></bundle>
    <clone id="drbd-clone"><meta_attributes id="dm"><nvpair id="dm-p" name="promotable" value="true"/></meta_attributes><primitive id="drbd" class="ocf" provider="linbit" type="drbd"/></clone>
    <clone id="shoot-clone"><primitive id="shoot" class="stonith" type="fence_xvm"/></clone>
  </resources><constraints>
    <rsc_location id="l1" rsc="tagged" node="a" score="5"/><rsc_location id="l2" rsc="shooters" node="a" score="5"/>
    <rsc_order id="o1"><resource_set id="s1"><resource_ref id="shoot-clone"/><resource_ref id="one"/></resource_set></rsc_order>
    <rsc_order id="o2"><resource_set id="s2"><resource_ref id="shoot-clone"/></resource_set></rsc_order>
  </constraints><tags><tag id="tagged"><obj_ref id="one"/><obj_ref id="shoot"/></tag><tag id="shooters"><obj_ref id="shoot"/></tag></tags></configuration><status/></cib>`);
  const one = cib.byId("one");
  expect([one?.get("type"), one?.get("template"), one?.child("operations")?.get("id-ref")]).toEqual([
    "Domain",
    undefined,
    undefined,
  ]);
  expect(cib.nvpairs(one as never, "meta_attributes")).toEqual(new Map([["priority", "5"]]));
  expect(cib.byId("bundle")?.name).toBe("clone");
  expect([cib.byId("inner")?.get("type"), cib.byId("drbd")?.get("type")]).toEqual(["Stateful", "Stateful"]);
  expect(cib.constraints.map((constraint) => [constraint.get("id"), resourcesNamedBy(constraint)])).toEqual([
    ["l1", ["tagged"]],
    ["o1", ["one"]],
  ]);
  expect(cib.meantBy("tagged")).toEqual(["one"]);
  expect(leftOut.map(({ what }) => what)).toEqual(["rsc_location l2", "rsc_order o2"]);
});

test("a name that no node of a lab can have becomes another, in constraints and rules too", () => {
  const real =
    Cib.parse(`<cib validate-with="pacemaker-3.9"><configuration><crm_config/><nodes><node id="1" uname="witness"/><node id="2" uname="node1"/></nodes><resources><primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></resources><constraints>
    <rsc_location id="l1" rsc="d" node="witness" score="5"/><rsc_location id="l2" rsc="d"><rule id="r" score="5"><expression id="e" attribute="#uname" operation="eq" value="witness"/></rule></rsc_location></constraints></configuration><status/></cib>`);
  const { names } = chooseNodes(real);
  expect([...names]).toEqual([
    ["node1", "node1"],
    ["witness", "node2"],
  ]);
  const { cib } = toLabCib(real, labOf([...names.values()]), { names, guests: 9, pingTargets });
  expect(cib.byId("l1")?.get("node")).toBe("node2");
  expect(cib.byId("e")?.get("value")).toBe("node2");
});

test("part of a cluster: those that are named, then in order", () => {
  const real = Cib.parse(drillCib());
  expect([...chooseNodes(real, { count: 2, first: ["hv3"] }).names.keys()]).toEqual(["hv1", "hv3"]);
  expect(chooseNodes(real, { count: 2 }).without).toEqual(["hv3"]);
  expect(() => chooseNodes(real, { first: ["hv9"] })).toThrow("hv9");
});

test.skipIf(!hasTools)(
  `Pacemaker finds no error in the result${hasTools ? "" : " (skipped: pacemaker-cli-utils is not installed)"}`,
  async () => {
    const { cib } = transform(drillCib());
    const problems = await livePacemaker({ cibFile: "/dev/null" }).verify(cib.toXml());
    expect(problems.filter((line) => /error/i.test(line))).toEqual([]);
  },
);

describe("the corpus", () => {
  test.skipIf(files.length === 0)(
    `every configuration becomes one of a lab${files.length === 0 ? " (skipped: ../shared/corpus is not here)" : ""}`,
    () => {
      const problems: string[] = [];
      for (const file of files) {
        const real = Cib.parse(readFileSync(join(folder, file), "utf8"), file);
        let names: ReadonlyMap<string, string>;
        try {
          names = chooseNodes(real).names;
        } catch (error) {
          if (!isHavenError(error, "cib.invalid")) problems.push(`${file}: ${String(error)}`);
          continue;
        }
        const lab = toLabCib(real, labOf([...names.values()]), { names, guests: 5, pingTargets });
        const again = Cib.parse(lab.cib.toXml());
        const known = new Set(again.resources.map(({ id }) => id));
        const tags = new Set(
          again
            .section("tags")
            ?.all("tag")
            .map((tag) => tag.get("id")),
        );
        const before = new Set(real.resources.map(({ id }) => id));
        for (const constraint of again.constraints) {
          for (const name of resourcesNamedBy(constraint)) {
            if (!known.has(name) && !tags.has(name) && before.has(name))
              problems.push(`${file}: ${name} is gone`);
          }
        }
        for (const { id, element, kind } of again.resources) {
          const runs =
            /^(ocf:pacemaker:(Dummy|Stateful|ping|attribute)|ocf:haven:Domain|stonith::fence_haven_chassis)$/;
          const agent = `${element.get("class")}:${element.get("provider") ?? ""}:${element.get("type")}`;
          if (kind === "primitive" && !runs.test(agent)) problems.push(`${file}: ${id} is ${agent}`);
        }
        if (again.nodes.length !== names.size) problems.push(`${file}: ${again.nodes.length} nodes`);
      }
      expect(problems).toEqual([]);
    },
    180_000,
  );
});
