import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { vmAdopt, vmAdoptList } from "./vm-adopt.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-adopt-"));
const file = new VmCibFile(join(dir, "cib.xml"));
beforeEach(() => file.reset());
afterAll(() => rmSync(dir, { recursive: true }));

const pair = (id: string, name: string, value: string): string =>
  `<nvpair id="${id}" name="${name}" value="${value}"/>`;

/** Puts resources and constraints into the file as an administrator has them. */
function has(resources: string, constraints = ""): void {
  const text = readFileSync(file.path, "utf8")
    .replace("<resources>", `<resources>${resources}`)
    .replace("<constraints/>", `<constraints>${constraints}</constraints>`);
  writeFileSync(file.path, text);
}

/** The status of a resource that was probed everywhere, and runs on a node where one is named. */
function probed(id: string, type: string, node?: number): void {
  const text = readFileSync(file.path, "utf8");
  let at = 0;
  const with_ = text.replaceAll("</lrm_resources>", () => {
    at += 1;
    const code = at === node ? 0 : 7;
    const magic = `transition-key="${at}:1:7:5f1b1b7e-0000-4000-8000-000000000000" transition-magic="0:${code};${at}:1:7:5f1b1b7e-0000-4000-8000-000000000000"`;
    return `<lrm_resource id="${id}" class="ocf" provider="heartbeat" type="${type}"><lrm_rsc_op id="${id}_last_0" operation_key="${id}_monitor_0" operation="monitor" ${magic} call-id="3" rc-code="${code}" op-status="0" interval="0" on_node="node${at}"/></lrm_resource></lrm_resources>`;
  });
  writeFileSync(file.path, with_);
}

const xen = `# made by hand
name = 'Ledger_1'
uuid = "5f3e2d1c-4b5a-4987-8765-43210fedcba9"
builder = 'hvm'
memory = 1024
maxmem = 2048
vcpus = 2
disk = [ 'phy:/dev/vg_san/ledger,hda,w',
         'file:/srv/iso/tools.iso,hdc:cdrom,r' ]
vif = [ 'mac=00:16:3E:00:00:01,bridge=br0,model=e1000' ]
boot = "dc"
on_crash = 'destroy'
vnc = 1
vncpasswd = 'secret'
usb = 1
`;

function stoppedXen(config: string, meta = ""): void {
  writeFileSync(join(dir, "ledger"), config);
  has(
    `<primitive id="ledger" class="ocf" provider="heartbeat" type="Xen"><instance_attributes id="l-i">${pair("l-f", "xmfile", join(dir, "ledger"))}${pair("l-s", "shutdown_timeout", "90")}</instance_attributes><meta_attributes id="l-m">${pair("l-t", "target-role", "Stopped")}${pair("l-p", "priority", "5")}${meta}</meta_attributes><operations><op id="l-so" name="stop" interval="0" timeout="300s"/></operations></primitive>`,
    `<rsc_location id="l1" rsc="ledger" node="node2" score="200"/><rsc_location id="l2" rsc="ledger" node="node3" score="-INFINITY"/><rsc_order id="l3" first="fence" then="ledger"/>`,
  );
  probed("ledger", "Xen");
}

describe("a Xen resource that is stopped", () => {
  test("becomes a VM that is stopped, with its file's settings, meta attributes and constraints", async () => {
    stoppedXen(xen);
    const environment = fileEnvironment(file.path);
    const result = await vmAdopt(environment, { words: ["ledger"], name: "ledger" });
    expect(result).toMatchObject({ names: ["ledger"], committed: true, kept: [] });
    const cib = file.read();
    expect(cib.byId("ledger")).toBeUndefined();
    const [vm] = vmsInCib(cib);
    expect(vm).toMatchObject({
      name: "ledger",
      memory: 1024,
      cpu: 2,
      targetRole: "Stopped",
      priority: 5,
      migratable: false,
    });
    expect(vm?.spec).toMatchObject({
      hypervisor: "xen",
      uuid: "5f3e2d1c-4b5a-4987-8765-43210fedcba9",
      "memory-maximum": 2048,
      placement: { prefer: ["node2"], "never-on": ["node3"] },
      migration: { allowed: false },
      policies: { "graceful-stop": 260 },
    });
    expect(vm?.xml).toContain("<source dev='/dev/vg_san/ledger'/>");
    // The order with what is no VM is a plain constraint as before.
    expect(cib.byId("l3")?.get("then")).toBe("vm-ledger");
    expect([cib.byId("l1"), cib.byId("vm-ledger.prefer.node2")?.get("score")]).toEqual([undefined, "1000"]);
    const [asked] = environment.asked;
    const lines = asked?.lines.join("\n");
    for (const said of [
      "constraint kept: l3",
      "not carried over: usb = 1",
      "not carried over: vncpasswd",
      "not carried over: shutdown_timeout=90",
    ])
      expect(lines).toContain(said);
    expect(lines).not.toContain("secret");
  });

  test("is refused with the line that is more than an assignment", async () => {
    stoppedXen(`import os\n${xen}`);
    const why = await refusal(vmAdopt(fileEnvironment(file.path), { words: ["ledger"] }));
    expect(why).toContain("line 1 is no assignment");
    expect(why).toContain("virsh domxml-from-native");
    expect(file.read().byId("ledger")).toBeDefined();
  });

  test("is refused while it runs: libvirt does not know what xl started", async () => {
    stoppedXen(xen);
    file.reset();
    has(`<primitive id="ledger" class="ocf" provider="heartbeat" type="Xen"/>`);
    probed("ledger", "Xen", 2);
    expect(await refusal(vmAdopt(fileEnvironment(file.path), { words: ["ledger"] }))).toContain(
      "stop it first",
    );
  });

  test("is refused with meta attributes that make it a node", async () => {
    stoppedXen(xen, pair("l-r", "remote-node", "guest1"));
    expect(await refusal(vmAdopt(fileEnvironment(file.path), { words: ["ledger"], name: "x" }))).toContain(
      "is also the guest node guest1",
    );
  });
});

test("a dry run changes nothing, no is no, and what is not known is not found", async () => {
  stoppedXen(xen);
  const before = readFileSync(file.path, "utf8");
  const dry = await vmAdopt(fileEnvironment(file.path), { words: ["ledger"], name: "ledger", dryRun: true });
  expect([dry.committed, dry.plan[0]]).toEqual([
    false,
    "ledger: from the resource ledger (ocf:heartbeat:Xen), which is stopped and stays so",
  ]);
  expect(await refusal(vmAdopt(fileEnvironment(file.path, false), { words: ["ledger"] }))).toContain(
    "vm.declined",
  );
  expect(await refusal(vmAdopt(fileEnvironment(file.path), { words: ["ledgre"] }))).toContain("vm.not-found");
  expect(readFileSync(file.path, "utf8")).toBe(before);
});

test("the list says what there is and why not", async () => {
  stoppedXen(xen);
  has(
    `<clone id="many"><primitive id="many-vm" class="ocf" provider="heartbeat" type="VirtualDomain"/></clone>`,
  );
  const found = await vmAdoptList(fileEnvironment(file.path));
  expect(found.map(({ name, state, problems }) => [name, state, problems.length > 0])).toEqual([
    ["many-vm", "stopped", true],
    ["ledger-1", "stopped", false],
  ]);
});

test("a resource with the id that the VM would have needs another name", async () => {
  const domain =
    "&lt;domain type='kvm'>&lt;name>gum&lt;/name>&lt;memory>1048576&lt;/memory>&lt;os>&lt;type>hvm&lt;/type>&lt;/os>&lt;devices/>&lt;/domain>";
  has(
    `<primitive id="vm-gum" class="ocf" provider="niif" type="TransientDomain"><instance_attributes id="g-i">${pair("g-x", "domain_xml", domain)}</instance_attributes><utilization id="g-u">${pair("g-m", "memoryMiB", "1024")}</utilization></primitive>`,
    `<rsc_colocation id="g1" rsc="vm-gum" with-rsc="fence" score="-150"/>`,
  );
  probed("vm-gum", "TransientDomain");
  expect(await refusal(vmAdopt(fileEnvironment(file.path), { words: ["gum"] }))).toContain(
    "give it another name with --name",
  );
  expect(await refusal(vmAdopt(fileEnvironment(file.path), { words: ["gum"], name: "gum1" }))).toBe(
    "no refusal",
  );
  const cib = file.read();
  // No node has memoryMiB here: the VM would have no room anywhere.
  const utilization = cib.nvpairs(cib.byId("vm-gum1") ?? cib.configuration, "utilization");
  expect([...utilization.keys()].sort()).toEqual(["cpu", "memory"]);
  expect(cib.byId("g1")?.get("rsc")).toBe("vm-gum1");
});
