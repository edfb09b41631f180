import { closeSync, ftruncateSync, openSync } from "node:fs";
import type { Bench } from "./bench.ts";
import { benchLab, inNode } from "./bench-lab.ts";
import { absoluteRow, type BenchRow } from "./row.ts";
import type { VmAddCalls, VmAddTimes } from "./vm-add-calls.ts";

const name = "bench-add";
const diskBytes = 16 * 1024 * 1024;

/** From `haven vm add` to a VM that runs, beside what libvirt alone takes to create it. */
export const vmAddBench: Bench = {
  name: "vm-add",
  async run({ runs }) {
    const lab = await benchLab();
    const { dir } = lab.settings;
    const image = openSync(`${dir}/shared/images/${name}.img`, "w");
    ftruncateSync(image, diskBytes);
    closeSync(image);
    const guest = "/usr/share/haven-lab/guest";
    const spec = {
      name,
      memory: 128,
      hypervisor: "auto",
      disks: [{ file: `/srv/shared/images/${name}.img` }],
      boot: {
        kernel: `${guest}/vmlinuz`,
        initrd: `${guest}/initrd`,
        cmdline: `console=ttyS0 quiet haven.name=${name}`,
      },
      placement: { prefer: ["node1"] },
    };
    // JSON is YAML.
    await Bun.write(`${dir}/shared/${name}.yaml`, JSON.stringify(spec));
    const argument: VmAddCalls = { runs, name, spec: `/srv/shared/${name}.yaml` };
    const call = { module: "test/bench/vm-add-calls.ts", name: "vmAddCalls", argument };
    return vmAddRows((await inNode(lab, "node1", call)) as VmAddTimes);
  },
};

/** What each run took more than the run of virsh beside it. */
export function vmAddRows({ addMs, virshMs }: VmAddTimes): readonly BenchRow[] {
  const over = addMs.map((ms, run) => (ms - (virshMs[run] ?? 0)) / 1000);
  return [
    absoluteRow({ name: "vm add until it runs, over virsh create", unit: "s", haven: over, atMost: 1 }),
  ];
}
