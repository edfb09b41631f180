import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { foreignIn } from "./foreign-configuration.ts";

const cib = Cib.parse(`<cib><configuration>
  <crm_config>
    <cluster_property_set id="cib-bootstrap-options">
      <nvpair id="a" name="stonith-enabled" value="true"/><nvpair id="b" name="site-password" value="s3cr3t"/>
    </cluster_property_set>
    <cluster_property_set id="haven-settings"><nvpair id="c" name="storage" value="[]"/></cluster_property_set>
    <cluster_property_set id="haven-tokens"><nvpair id="d" name="x" value="{}"/></cluster_property_set>
  </crm_config>
  <nodes/>
  <resources>
    <primitive id="vm-web" class="ocf" provider="haven" type="Domain"/>
    <primitive id="fence-a" class="stonith" type="fence_ipmilan"/>
    <group id="site"><primitive id="address" class="ocf" provider="heartbeat" type="IPaddr2"/></group>
  </resources>
  <constraints>
    <rsc_location id="vm-web.never-on.n3" rsc="vm-web" node="n3" score="-INFINITY"/>
    <rsc_location id="cli-ban-vm-web-on-n1" rsc="vm-web" node="n1" score="-INFINITY"/>
    <rsc_order id="o" kind="Mandatory"><resource_set id="s"><resource_ref id="address"/></resource_set></rsc_order>
  </constraints>
</configuration></cib>`);

test("what Haven has not made is shown, and what may be a secret is not", () => {
  const foreign = foreignIn(cib);
  expect(foreign.properties).toEqual([
    { set: "cib-bootstrap-options", name: "stonith-enabled", value: "true" },
    { set: "cib-bootstrap-options", name: "site-password" },
  ]);
  expect(foreign.resources).toEqual([
    { id: "site", kind: "group", inside: [] },
    { id: "address", kind: "primitive", agent: "ocf:heartbeat:IPaddr2", inside: ["site"] },
  ]);
  expect(foreign.constraints).toEqual([
    { id: "cli-ban-vm-web-on-n1", kind: "location", text: "rsc=vm-web node=n1 score=-INFINITY" },
    { id: "o", kind: "order", text: "kind=Mandatory resource_set() resource_ref(id=address)" },
  ]);
});
