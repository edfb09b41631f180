import { expect, test } from "bun:test";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import { Cib } from "../pacemaker/cib.ts";
import { canShoot, fenceDevices, levelsOf, plugMapText } from "./fence-devices.ts";

const device = (id: string, values: Readonly<Record<string, string>>): string =>
  `<primitive id="${id}" class="stonith" type="fence_x"><instance_attributes id="${id}-p">${Object.entries(
    values,
  )
    .map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
    .join("")}</instance_attributes></primitive>`;

const cib = Cib.parse(`<cib><configuration>
<nodes><node id="1" uname="node1"><instance_attributes id="n1"><nvpair id="n1r" name="rack" value="a"/></instance_attributes></node><node id="2" uname="node2"/></nodes>
<resources>
${device("pdu", { pcmk_host_map: "node1:1,9;node2=blade\\ 2", community: "lrm://", ip: "10.0.0.9" })}
${device("bmc", { pcmk_host_list: "node1", plug: "7", password: "in the open" })}
${device("asks", {})}
<primitive id="vm-a" class="ocf" provider="haven" type="Domain"/>
</resources>
<constraints><rsc_location id="l" rsc="bmc" node="node1" score="-INFINITY"/></constraints>
<fencing-topology><fencing-level id="f2" target="node1" index="2" devices="pdu"/><fencing-level id="f1" target="node1" index="1" devices="bmc,asks"/>
<fencing-level id="f3" target-pattern="^NODE" index="3" devices="asks"/><fencing-level id="f4" target-attribute="rack" target-value="a" index="4" devices="pdu"/>
<fencing-level id="f5" target-pattern="(" index="5" devices="pdu"/></fencing-topology>
</configuration><status/></cib>`);

const devices = fenceDevices(cib, isSecretParameter);

test("who a device shoots, by which outlets, and what of it is secret", () => {
  const [pdu, bmc, asks] = devices;
  expect(devices.length).toBe(3);
  expect(pdu?.hosts).toEqual([
    { node: "node1", plugs: ["1", "9"] },
    { node: "node2", plugs: ["blade 2"] },
  ]);
  expect([pdu?.hidden, pdu?.open, [...(pdu?.parameters.keys() ?? [])]]).toEqual([
    ["community"],
    [],
    ["pcmk_host_map", "ip"],
  ]);
  expect(bmc).toMatchObject({
    hosts: [{ node: "node1", plugs: ["7"] }],
    open: ["password"],
    notOn: ["node1"],
  });
  expect(bmc?.parameters.has("password")).toBe(false);
  expect(asks?.hosts).toBeUndefined();
  expect(devices.map((one) => canShoot(one, "node2"))).toEqual([true, false, true]);
});

test("the levels of a node, by name, pattern and attribute, lowest first", () => {
  expect(levelsOf(cib, "node1").map(({ index, devices: ids }) => [index, ...ids])).toEqual([
    [1, "bmc", "asks"],
    [2, "pdu"],
    [3, "asks"],
    [4, "pdu"],
  ]);
  expect(levelsOf(cib, "node2").map(({ id }) => id)).toEqual(["f3"]);
});

test("an outlet's name reaches the device whole, whatever is in it", () => {
  const names = ["blade 2", "a:b", "c;d", "e=f", "back\\slash"];
  for (const name of names) {
    const text = plugMapText([{ node: "node1", plugs: [name] }]) ?? "";
    const again = Cib.parse(
      `<cib><configuration><resources>${device("d", { pcmk_host_map: text })}</resources></configuration></cib>`,
    );
    expect(fenceDevices(again, isSecretParameter)[0]?.hosts).toEqual([{ node: "node1", plugs: [name] }]);
  }
  expect(plugMapText([{ node: "node1", plugs: ["node1"] }])).toBeUndefined();
});
