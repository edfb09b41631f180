import { expect, test } from "bun:test";
import { Cib } from "../../src/pacemaker/cib.ts";
import { cibProblems } from "../../src/pacemaker/cib-problems.ts";
import { benchVm } from "./bench-vm.ts";
import { largeCib } from "./large-cib.ts";
import { manyVmsRows } from "./many-vms.ts";
import { cibadminCall, pcsCalls, withPeerVms } from "./peer-vm.ts";

test("what takes a call for each VM is put together from parts, and the slowest peer is found", () => {
  const each = (peer: string, seconds: number) =>
    [0, 200, 400].map((at) => ({ peer, at, each: seconds * 1000 * (1 + at / 400) }));
  const rows = manyVmsRows({
    haven: [4000, 5000, 6000],
    simulate: [2000, 2500, 3000],
    crmsh: [60_000],
    slices: [...each("cibadmin", 0.2), ...each("pcs", 2)],
  });
  expect(rows.map(({ peerName, peer, target, reached }) => [peerName, peer, target, reached])).toEqual([
    ["one scheduler run", 2.5, "ratio ≤ 2.5", true],
    ["crmsh, one load", 60, "ratio ≤ 1", true],
    ["cibadmin, by parts", 120, "ratio ≤ 1", true],
    ["pcs, by parts", 1200, "ratio ≤ 0.02", true],
  ]);
  expect(rows[0]?.ratio).toBe(2);
});

test("the peers add the same VMs", () => {
  const specs = [0, 1, 2].map((i) => benchVm(i, 3));
  const cib = Cib.parse(withPeerVms(largeCib({ nodes: 3, vms: 0 }), specs));
  expect(cibProblems(cib)).toEqual([]);
  for (const spec of specs) {
    const primitive = cib.byId(`vm-${spec.name}`);
    const utilization = primitive && Object.fromEntries(cib.nvpairs(primitive, "utilization"));
    expect(utilization).toEqual({ cpu: String(spec.cpu?.count), memory: String(spec.memory) });
    expect(cib.constraintsOf(`vm-${spec.name}`)[0]?.get("node")).toBe(spec.placement?.prefer?.[0]);
    expect(cibadminCall(spec).at(-1)).toContain(`id="vm-${spec.name}"`);
    const words = pcsCalls("/x", spec).flat();
    expect(words).toContain(`memory=${spec.memory}`);
    expect(words).toContain(`${spec.placement?.prefer?.[0]}=1000`);
  }
});
