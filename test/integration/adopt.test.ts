import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Cib } from "../../src/pacemaker/cib.ts";
import { resolveSpec } from "../../src/vm/resolve-spec.ts";
import { toDomain } from "../../src/vm/to-domain.ts";
import { readXml } from "../../src/xml/read.ts";
import { escapeXml, writeXml } from "../../src/xml/write.ts";
import { addVm, guestBooted, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { foreignAgent } from "./harness/foreign-agent.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

setDefaultTimeout(300_000);

let lab: TestLab;
const names = ["taken", "ported", "campus", "cloud", "loose", "killed"];

beforeAll(async () => {
  lab = await quietLab();
  for (const node of lab.nodes) {
    for (const [provider, agent] of [
      ["custom", "LibvirtQemu"],
      ["niif", "TransientDomain"],
    ] as const) {
      const path = `/usr/lib/ocf/resource.d/${provider}/${agent}`;
      await lab.node(node.name).writeFile(path, foreignAgent(agent), { mode: 0o755 });
    }
  }
});
afterAll(async () => {
  await lab.first().exec(["rm", "-rf", "/etc/vm"]);
  await removeVms(lab, ...names);
});

/** The XML of a guest as administrators write it: not by Haven, with what Haven has no field for. */
function domainXml(name: string, domain = name): string {
  const guest = "/usr/share/haven-lab/guest";
  const spec = {
    name,
    memory: 128,
    disks: [{ file: `/srv/shared/images/${name}.img`, shareable: true }],
    boot: {
      kernel: `${guest}/vmlinuz`,
      initrd: `${guest}/initrd`,
      cmdline: `console=ttyS0 quiet no_timer_check haven.name=${name}`,
    },
  };
  const made = readXml(toDomain(resolveSpec(spec, { hypervisor: "qemu", uuid: crypto.randomUUID() })));
  const element = made.child("name");
  if (element !== undefined) element.text = domain;
  made.children.push(readXml("<metadata><own:note xmlns:own='urn:own'>rack 7</own:note></metadata>"));
  makeImage(imagePath(lab, name), 16);
  return writeXml(made, { indent: 2 });
}

/** Puts it in the cluster as an administrator would who knows cibadmin. */
async function create(section: "resources" | "constraints", xml: string): Promise<void> {
  await lab.first().run(["cibadmin", "--create", "--scope", section, "--xml-text", xml]);
}

/** VirtualDomain would count memory under names that no node has, and then run nowhere. */
function noUtilization(id: string): string {
  return ["cpu", "hv_memory", "host_memory"]
    .map((name) => `<nvpair id="${id}-u-${name}" name="autoset_utilization_${name}" value="false"/>`)
    .join("");
}

async function everywhere(path: string, text: string): Promise<void> {
  for (const node of lab.nodes) await lab.node(node.name).writeFile(path, text);
}

async function started(resource: string): Promise<string> {
  return await waitFor(`${resource} to run`, 120_000, async () => {
    const found = (await lab.status()).resources.find(({ id }) => id === resource);
    return found?.role === "Started" && found.pending === undefined ? found.nodes[0] : undefined;
  });
}

/** The guest went on counting while it was adopted: one boot, no line missing. */
async function countsOn(name: string): Promise<void> {
  const before = guestConsole(lab, name).last?.seq ?? 0;
  const { boots, missing } = await waitFor(`${name} to count on`, 60_000, () => {
    const log = guestConsole(lab, name);
    return (log.last?.seq ?? 0) > before + 2
      ? { boots: log.boots, missing: log.missing(log.boots[0] ?? "") }
      : undefined;
  });
  expect([name, boots.length, missing]).toEqual([name, 1, []]);
}

/** Nothing is left of the resource before, nor of the way from it. */
async function isHandedOver(name: string, before?: string): Promise<void> {
  const cib = Cib.parse(await lab.pacemaker().queryCib());
  expect(cib.properties("haven-adopt").size).toBe(0);
  expect(cib.property("stop-orphan-resources")).toBeUndefined();
  if (before !== undefined) expect(cib.toXml()).not.toContain(`"${before}"`);
  const vm = await lab.vm(name);
  expect([vm?.role, vm?.managed, vm?.failed]).toEqual(["Started", true, false]);
}

test("VirtualDomain: taken over while the guest counts, then it moves and survives its node", async () => {
  await everywhere("/etc/vm/taken.xml", domainXml("taken", "Taken_1"));
  await create(
    "resources",
    `<primitive id="prmTaken" class="ocf" provider="heartbeat" type="VirtualDomain"><instance_attributes id="pt-i"><nvpair id="pt-c" name="config" value="/etc/vm/taken.xml"/><nvpair id="pt-h" name="hypervisor" value="qemu:///system"/>${noUtilization("pt")}</instance_attributes><meta_attributes id="pt-m"><nvpair id="pt-a" name="allow-migrate" value="true"/><nvpair id="pt-p" name="priority" value="7"/></meta_attributes><operations><op id="pt-mo" name="monitor" interval="10s" timeout="30s"/><op id="pt-st" name="start" interval="0" timeout="90s"/><op id="pt-so" name="stop" interval="0" timeout="90s"/></operations></primitive>`,
  );
  await create("constraints", `<rsc_location id="pt-loc" rsc="prmTaken" node="node2" score="200"/>`);
  const admin = lab.first().name;
  const node = await started("prmTaken");
  await guestBooted(lab, "taken");
  const listed = JSON.parse(await lab.haven(["vm", "adopt", "--list", "--json"]));
  expect(listed).toContainEqual(
    expect.objectContaining({
      name: "taken-1",
      resource: "prmTaken",
      state: "running",
      node,
      domain: "Taken_1",
      problems: [],
    }),
  );
  const dry = await lab.haven(["vm", "adopt", "--dry-run", "--name", "taken", "prmTaken"]);
  expect(dry).toContain("Taken_1 is called taken from its next start on");
  expect(await lab.vm("taken")).toBeUndefined();
  await lab.haven(["vm", "adopt", "--yes", "--name", "taken", "prmTaken"]);
  await lab.haven(["vm", "adopt", "--yes", "--undo", "taken"]);
  expect([await lab.vm("taken"), await started("prmTaken")]).toEqual([undefined, node]);
  await countsOn("taken");
  const said = await lab.haven(["vm", "adopt", "--yes", "--name", "taken", "prmTaken"]);
  expect(said).toContain("Adopted: taken");
  await isHandedOver("taken", "prmTaken");
  expect(await lab.whereIs("taken")).toBe(node);
  await countsOn("taken");
  const [shown] = JSON.parse(await lab.haven(["vm", "show", "taken", "--json"]));
  expect(shown).toMatchObject({ prefer: ["node2"], priority: 7, memory: 128 });
  expect(shown.xml).toContain("rack 7");
  expect((await lab.run(node, ["virsh", "dominfo", "Taken_1"])).replace(/ +/g, " ")).toContain(
    "Persistent: no",
  );

  await lab.haven(["vm", "move", "--yes", "taken"]);
  const there = await waitFor("taken to have moved", 60_000, () => lab.whereIs("taken"));
  expect(there).not.toBe(node);
  await countsOn("taken");
  await lab.lab.powerOff(there);
  await guestBooted(lab, "taken", 1);
  const elsewhere = await waitFor("taken to run elsewhere", 60_000, () => lab.whereIs("taken"));
  expect(elsewhere).not.toBe(there);
  // Started anew it has its own name.
  expect(await lab.run(elsewhere, ["virsh", "list", "--name"])).toContain("taken");
  await lab.lab.powerOn(there);
  await waitFor("all nodes to be online", 120_000, async () =>
    (await lab.status()).nodes.every((one) => one.online && !one.pending),
  );
  // The agent of before looks for Taken_1: what does not find it does not get it.
  const back = await lab.tryHaven(["vm", "adopt", "--yes", "--undo", "taken"], { on: admin });
  expect([back.code, back.stderr]).toEqual([1, expect.stringContaining("prmTaken does not find it running")]);
  await isHandedOver("taken", "prmTaken");
  await guestBooted(lab, "taken", 1);
  expect(guestConsole(lab, "taken").boots.length).toBe(2);
});

test("a group with LibvirtQemu, and a TransientDomain: both at once, bound and placed as before", async () => {
  await everywhere("/etc/vm/campus.xml", domainXml("campus"));
  const op = (id: string): string =>
    `<operations><op id="${id}-mo" name="monitor" interval="10s" timeout="30s"/><op id="${id}-so" name="stop" interval="0" timeout="60s"/></operations>`;
  await create(
    "resources",
    `<group id="campus"><primitive id="campus-vm" class="ocf" provider="custom" type="LibvirtQemu"><instance_attributes id="ca-i"><nvpair id="ca-c" name="config" value="/etc/vm/campus.xml"/><nvpair id="ca-e" name="email" value="watch@example.org"/></instance_attributes><meta_attributes id="ca-m"><nvpair id="ca-a" name="allow-migrate" value="true"/></meta_attributes>${op("ca")}</primitive><primitive id="campus-mail" class="ocf" provider="pacemaker" type="Dummy">${op("cm")}</primitive></group>`,
  );
  const flat = writeXml(readXml(domainXml("cloud")));
  await create(
    "resources",
    `<primitive id="vmcloud" class="ocf" provider="niif" type="TransientDomain"><instance_attributes id="cl-i"><nvpair id="cl-x" name="domain_xml" value="${escapeXml(flat)}"/></instance_attributes>${op("cl")}</primitive>`,
  );
  await create("constraints", `<rsc_colocation id="cl-apart" rsc="vmcloud" with-rsc="campus" score="-150"/>`);
  const nodes = [await started("campus-vm"), await started("vmcloud")];
  await started("campus-mail");
  await guestBooted(lab, "campus");
  await guestBooted(lab, "cloud");
  await lab.haven(["vm", "adopt", "--yes", "campus-vm", "vmcloud"]);
  await isHandedOver("campus", "campus-vm");
  await isHandedOver("cloud", "vmcloud");
  expect([await lab.whereIs("campus"), await lab.whereIs("cloud")]).toEqual(nodes);
  await countsOn("campus");
  await countsOn("cloud");
  const cib = Cib.parse(await lab.pacemaker().queryCib());
  expect(cib.byId("vm-campus.group.campus-mail.with")?.get("with-rsc")).toBe("vm-campus");
  expect(cib.byId("vm-campus.group.campus-mail.order")?.get("first")).toBe("vm-campus");
  const [campus] = JSON.parse(await lab.haven(["vm", "show", "campus", "--json"]));
  expect(campus.spec.policies).toEqual({ "esc-before-shutdown": true });
  const [cloud] = JSON.parse(await lab.haven(["vm", "show", "cloud", "--json"]));
  expect(cloud.migratable).toBe(false);
  await lab.first().run(["cibadmin", "--delete", "--xpath", "//*[@id='vm-campus.group.campus-mail.with']"]);
  await lab.first().run(["cibadmin", "--delete", "--xpath", "//*[@id='vm-campus.group.campus-mail.order']"]);
  await removeVms(lab, "campus", "cloud");
  await lab.first().run(["cibadmin", "--delete", "--xpath", "//group[@id='campus']"]);
});

test("a domain that is defined and runs outside of the cluster; its definition is kept as a file", async () => {
  const xml = domainXml("loose");
  await everywhere("/etc/vm/loose.xml", xml);
  await lab.run("node3", ["virsh", "define", "/etc/vm/loose.xml"]);
  await lab.run("node3", ["virsh", "start", "loose"]);
  await guestBooted(lab, "loose");
  const said = await lab.haven(["vm", "adopt", "--yes", "loose"]);
  expect(said).toContain("/var/lib/haven/adopted/loose-node3.xml");
  await isHandedOver("loose");
  expect(await lab.whereIs("loose")).toBe("node3");
  await countsOn("loose");
  expect((await lab.run("node3", ["virsh", "dominfo", "loose"])).replace(/ +/g, " ")).toContain(
    "Persistent: no",
  );
  expect(await lab.first().readFile("/var/lib/haven/adopted/loose-node3.xml")).toContain(
    "<name>loose</name>",
  );
  // A call that ended before it came to the definition is made up for.
  await lab.run("node2", ["virsh", "define", "/etc/vm/loose.xml"]);
  expect(await lab.haven(["vm", "adopt", "--yes", "loose"])).toContain("loose is Haven's already");
  expect(await lab.run("node2", ["virsh", "list", "--all", "--name"])).not.toContain("loose");
});

test("killed anywhere on its way, the guest runs on, and the next call goes on", async () => {
  await everywhere("/etc/vm/killed.xml", domainXml("killed"));
  await create(
    "resources",
    `<primitive id="prmKilled" class="ocf" provider="heartbeat" type="VirtualDomain"><instance_attributes id="pk-i"><nvpair id="pk-c" name="config" value="/etc/vm/killed.xml"/>${noUtilization("pk")}</instance_attributes><operations><op id="pk-mo" name="monitor" interval="10s" timeout="30s"/><op id="pk-st" name="start" interval="0" timeout="90s"/></operations></primitive>`,
  );
  const node = await started("prmKilled");
  await guestBooted(lab, "killed");
  for (const seconds of [0.8, 1.6, 2.4, 3.2, 4]) {
    const argv = ["timeout", "-s", "KILL", String(seconds), "haven", "vm", "adopt", "--yes", "prmKilled"];
    const { code } = await lab.first().exec(argv, { timeoutMs: 60_000 });
    await countsOn("killed");
    if (code === 0) break;
  }
  const { code, stderr } = await lab.tryHaven(["vm", "adopt", "--yes", "prmKilled"]);
  expect([code === 0 || code === 3, stderr]).toEqual([true, expect.anything()]);
  await isHandedOver("killed", "prmKilled");
  expect(await lab.whereIs("killed")).toBe(node);
  await countsOn("killed");
});

test("vm add --xml takes what virsh dumpxml prints, and what Haven does not know stays", async () => {
  await addVm(lab, { name: "ported" });
  const [{ nodes }] = JSON.parse(await lab.haven(["vm", "show", "ported", "--json"]));
  const dumped = await lab.run(nodes[0], ["virsh", "dumpxml", "ported"]);
  await lab.haven(["vm", "remove", "--yes", "ported"]);
  const more =
    "<!-- by hand --><metadata><own:note xmlns:own='urn:own'>rack <b>7</b>, left</own:note></metadata>";
  await lab.first().writeFile("/etc/vm/ported.xml", dumped.replace("<memory ", `${more}<memory `));
  const boots = guestConsole(lab, "ported").boots.length;
  await lab.haven(["vm", "add", "--yes", "--xml", "--prefer", "node3", "/etc/vm/ported.xml"]);
  await guestBooted(lab, "ported", boots);
  expect(await lab.whereIs("ported")).toBe("node3");
  expect(await lab.run("node3", ["virsh", "dumpxml", "ported"])).toMatch(/rack\s*<b>7<\/b>, left/);
  const yaml = await lab.haven(["vm", "export", "ported"]);
  expect(yaml).toContain("<!-- by hand -->");
  await lab.haven(["vm", "move", "--yes", "--to", "node1", "ported"]);
  const wrong = await lab.tryHaven(["vm", "add", "--yes", "--xml", "--name", "other", "/etc/vm/ported.xml"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("expected a UUID of its own")]);
});
