import type { ResolvedSpec } from "../../../src/vm/resolve-spec.ts";
import { toCib } from "../../../src/vm/to-cib.ts";
import { writeXml } from "../../../src/xml/write.ts";
import type { TestLab } from "./test-lab.ts";

const prefix = "idle";
const away = (node: string): string => `idle-vms-not-on-${node}`;

/** VMs that are stopped and are nowhere looked for: they cost Pacemaker nothing, and are in every answer. */
export async function addIdleVms(lab: TestLab, count: number): Promise<void> {
  await removeIdleVms(lab);
  // Before the VMs: without it each would be probed on each node.
  for (const node of lab.names) {
    const words = `rsc-pattern="^vm-${prefix}" node="${node}" score="-INFINITY" resource-discovery="never"`;
    await create(
      lab,
      "constraints",
      `<constraints><rsc_location id="${away(node)}" ${words}/></constraints>`,
    );
  }
  const xml = Array.from({ length: count }, (_, at) => primitiveOf(at + 1)).join("");
  await create(lab, "resources", `<resources>${xml}</resources>`);
}

export async function removeIdleVms(lab: TestLab): Promise<void> {
  const remove = (xpath: string) =>
    lab.first().exec(["cibadmin", "--delete-all", "--force", "--xpath", xpath], { timeoutMs: 60_000 });
  await remove(`//primitive[starts-with(@id,"vm-${prefix}")]`);
  await remove('//rsc_location[starts-with(@id,"idle-vms-")]');
}

function primitiveOf(number: number): string {
  const uuid = `00000000-0000-4000-9000-${number.toString(16).padStart(12, "0")}`;
  const name = `${prefix}${number}`;
  const disks = [{ file: `/srv/shared/images/${name}.qcow2` }];
  const spec: ResolvedSpec = { name, memory: 2048, cpu: { count: 2 }, disks, uuid, hypervisor: "qemu" };
  return writeXml(toCib(spec, { stopped: true }).primitive);
}

async function create(lab: TestLab, scope: string, xml: string): Promise<void> {
  const argv = ["cibadmin", "--modify", "--allow-create", "--scope", scope, "--xml-pipe"];
  await lab.run(lab.first().name, argv, { input: xml, timeoutMs: 120_000 });
}
