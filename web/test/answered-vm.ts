import type { Vm } from "../src/api/answers.ts";

/** A VM as a node tells of it: running on node1, with nothing that is wrong, but for what a test says. */
export const answeredVm = (name: string, more: Partial<Vm> = {}): Vm => ({
  ...{ name, resource: `vm-${name}`, state: "running", wanted: "running", nodes: ["node1"] },
  ...{
    managed: true,
    maintenance: false,
    migratable: true,
    prefer: [],
    labels: [],
    priority: 0,
    failures: [],
  },
  ...more,
});
