import { afterAll, beforeAll, expect, test } from "bun:test";
import { killProcesses } from "../../src/lab/faults.ts";
import { openLab } from "../../src/lab/lab.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { chassisRequests } from "./harness/chassis-requests.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { guestSees } from "./harness/guest-sees.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { beginMigration, expectUnharmed, slowly } from "./harness/slow-migration.ts";
import { type TestLab, testLab, testLabName } from "./harness/test-lab.ts";
import { specOf } from "./harness/vm-words.ts";
import { waitFor } from "./harness/wait-for.ts";

// What matters most, on the older of the two systems. Its lab takes the place of the shared one.
describeLab("a lab of Debian 12", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await testLab({ image: "debian12" });
  }, 900_000);
  afterAll(async () => {
    await openLab({ name: testLabName({ image: "debian12" }) }, false).down();
  }, 120_000);

  test("has Pacemaker 2.1.5 and libvirt 9.0", async () => {
    expect(await lab.run("node1", ["pacemakerd", "--version"])).toContain("Pacemaker 2.1.5");
    expect(await lab.run("node1", ["virsh", "--version"])).toStartWith("9.0");
    const verify = await lab.first().exec(["crm_verify", "-LVV"]);
    expect([verify.code, verify.stderr]).toEqual([0, ""]);
    for (const argv of [
      ["pcs", "config"],
      ["crm", "configure", "show"],
      ["pcs", "status"],
    ]) {
      const { code, stderr } = await lab.first().exec(argv, { timeoutMs: 60_000 });
      expect([argv.join(" "), code]).toEqual([argv.join(" "), 0]);
      expect(stderr).not.toMatch(/error|traceback/i);
    }
  });

  test("a VM runs and prints to its console", async () => {
    await guestBooted(lab, "web1");
    expect(await lab.whereIs("web1")).toBeDefined();
  }, 240_000);

  test("a VM moves live over TLS, loses no line of its console, and leaves no constraint", async () => {
    const from = await addVm(lab, { name: "mover" });
    const to = lab.names.find((name) => name !== from) ?? "";
    await lab.haven(["vm", "move", "--yes", "mover", "--to", to]);
    expect(await lab.whereIs("mover")).toBe(to);
    const [boot = "", ...more] = guestConsole(lab, "mover").boots;
    expect(more).toEqual([]);
    const { seq = 0 } = guestConsole(lab, "mover").last ?? {};
    await waitFor("ten more lines", 60_000, () => (guestConsole(lab, "mover").last?.seq ?? 0) > seq + 10);
    const seen = guestConsole(lab, "mover");
    expect([seen.missing(boot), seen.doubled(boot)]).toEqual([[], []]);
    expect(await lab.run("node1", ["cibadmin", "--query", "--scope", "constraints"])).not.toContain(".move");
  }, 300_000);

  // Newer kernels take up no processor that is plugged in later, but with a hypervisor that they know: emulation is none.
  test("a processor that is added while the guest runs is seen by the guest", async () => {
    const vm = "grows";
    await addVm(lab, { name: vm, words: ["haven.watch"], spec: { cpu: { count: 1, maximum: 2 } } });
    const sees = (cpus: number) =>
      waitFor(`the guest to see ${cpus} processors`, 120_000, () => guestSees(lab, vm)?.cpus === cpus);
    await sees(1);
    const { boots } = guestConsole(lab, vm);
    const spec = await specOf(lab, vm);
    const more = { ...spec, cpu: { ...spec.cpu, count: 2 } };
    await lab.first().writeFile("/root/grows.yaml", JSON.stringify(more));
    await lab.haven(["vm", "apply", "--yes", "/root/grows.yaml"]);
    await sees(2);
    expect(guestConsole(lab, vm).boots).toEqual(boots);
    await removeVms(lab, vm);
  }, 400_000);

  test("a migration that breaks half-way leaves the guest running at its source, and managed", async () => {
    const vm = "breaks";
    await addVm(lab, { name: vm, spec: slowly });
    const { from, to, boots, ended } = await beginMigration(lab, vm);
    killProcesses(lab.lab.find(to), "libvirtd");
    await Bun.sleep(2000);
    await lab.run(to, ["systemctl", "start", "libvirtd"]);
    expect((await ended).code).not.toBe(0);
    await expectUnharmed(lab, vm, { node: from, boots, withinS: 60 });
    await removeVms(lab, vm);
  }, 300_000);

  test("a migration that is bound to fail is refused before it begins", async () => {
    const from = await waitFor("mover to be started", 60_000, () => lab.whereIs("mover"));
    const to = lab.names.find((name) => name !== from) ?? "";
    killProcesses(lab.lab.find(to), "libvirtd");
    const { code, stderr } = await lab.tryHaven(["vm", "move", "--yes", "mover", "--to", to]);
    await lab.run(to, ["systemctl", "start", "libvirtd"]);
    expect([code, stderr]).toEqual([4, expect.stringContaining(to)]);
    expect(await lab.whereIs("mover")).toBe(from);
  }, 120_000);

  test("power cut: the node is fenced over SNMP, and its VMs run elsewhere", async () => {
    const from = (await lab.whereIs("mover")) ?? "";
    const since = Date.now();
    const before = guestConsole(lab, "mover").boots.length;
    await lab.lab.powerOff(from);
    const to = await waitFor("the VM to run elsewhere", 120_000, async () => {
      const node = await lab.whereIs("mover");
      return node !== undefined && node !== from ? node : undefined;
    });
    expect(to).not.toBe(from);
    await guestBooted(lab, "mover", before);
    const requests = chassisRequests(lab, since);
    expect(requests.some(({ pdu }) => pdu === "GetNextRequest" || pdu === "GetRequest")).toBe(true);
    expect(requests.some(({ pdu }) => pdu === "SetRequest")).toBe(true);
    await waitFor("the node to be back", 120_000, async () =>
      (await lab.status(to)).nodes.every((node) => node.online && !node.pending),
    );
    expectOneWriter(lab);
  }, 400_000);
});
