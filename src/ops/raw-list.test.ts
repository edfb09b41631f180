import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { rawIn } from "./raw-list.ts";
import { havensCommand } from "./raw-owner.ts";

const cib = Cib.parse(`<cib><configuration>
  <crm_config/>
  <nodes/>
  <resources>
    <template id="haven-vm" class="ocf" provider="haven" type="Domain"/>
    <primitive id="vm-web" class="ocf" provider="haven" type="Domain"/>
    <primitive id="fence-a" class="stonith" type="fence_ipmilan"/>
    <group id="site"><primitive id="address" class="ocf" provider="heartbeat" type="IPaddr2"/></group>
    <clone id="pings">
      <meta_attributes id="m"><nvpair id="n" name="promotable" value="true"/></meta_attributes>
      <primitive id="ping" class="ocf" provider="pacemaker" type="ping"/>
    </clone>
  </resources>
  <constraints>
    <rsc_location id="vm-web.never-on.n3" rsc="vm-web" node="n3" score="-INFINITY"/>
    <rsc_location id="fence-a-not-there" rsc="fence-a" node="n1" score="-INFINITY"/>
    <rsc_location id="cli-ban-vm-web-on-n1" rsc="vm-web" node="n1" score="-INFINITY"/>
    <rsc_order id="o" kind="Mandatory"><resource_set id="s"><resource_ref id="address"/></resource_set></rsc_order>
  </constraints>
  <tags><tag id="t"><obj_ref id="site"/></tag></tags>
</configuration></cib>`);

test("what Haven has not made is shown", () => {
  const raw = rawIn(cib);
  expect(raw.resources).toEqual([
    { id: "site", type: "group", inside: [], instances: [] },
    { id: "address", type: "primitive", agent: "ocf:heartbeat:IPaddr2", inside: ["site"], instances: [] },
    { id: "pings", type: "clone", promotable: true, inside: [], instances: [] },
    { id: "ping", type: "primitive", agent: "ocf:pacemaker:ping", inside: ["pings"], instances: [] },
  ]);
  expect(raw.constraints).toEqual([
    { id: "cli-ban-vm-web-on-n1", type: "location", text: "rsc=vm-web node=n1 score=-INFINITY" },
    { id: "o", type: "order", text: "kind=Mandatory resource_set() resource_ref(id=address)" },
  ]);
  expect(raw.tags).toEqual([{ id: "t", objects: ["site"] }]);
});

test("what is Haven's has a command of its own", () => {
  const of = (id: string) => havensCommand(cib, id);
  expect(of("vm-web")).toBe("haven vm … web");
  expect(of("haven-vm")).toBe("haven vm");
  expect(of("vm-web.never-on.n3")).toBe("haven vm edit web");
  expect(of("fence-a")).toBe("haven fence");
  expect(of("fence-a-not-there")).toBe("haven fence");
  for (const id of ["cli-ban-vm-web-on-n1", "address", "o", "nothing"])
    expect([id, of(id)]).toEqual([id, undefined]);
});
