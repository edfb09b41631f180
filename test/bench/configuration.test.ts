import { expect, test } from "bun:test";
import { Cib } from "../../src/pacemaker/cib.ts";
import { CibEditor } from "../../src/pacemaker/cib-editor.ts";
import { cibProblems } from "../../src/pacemaker/cib-problems.ts";
import { benchVm } from "./bench-vm.ts";
import { configurationRows } from "./configuration.ts";
import { havcVm } from "./havc-layout.ts";
import { largeCib } from "./large-cib.ts";

test("what Haven keeps in the CIB is as small as it is said to be", () => {
  const rows = configurationRows();
  expect(rows.map(({ reached }) => reached)).toEqual([true, true, true]);
  // As the template of 2014 has it, with five letters for a name: counted by hand.
  expect(rows[0]?.peer).toBeGreaterThan(1500);
}, 60_000);

test("the peer's layout is one that Pacemaker would take", () => {
  const editor = new CibEditor(Cib.parse(largeCib({ nodes: 2, vms: 0 })));
  const { group, constraints } = havcVm(benchVm(0, 2));
  editor.addResource(group);
  for (const constraint of constraints) editor.addConstraint(constraint);
  expect(cibProblems(editor.cib)).toEqual([]);
  expect(constraints.length).toBe(2);
});
