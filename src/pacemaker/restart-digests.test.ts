import { expect, test } from "bun:test";
import { Cib } from "./cib.ts";
import { restartDigests } from "./restart-digests.ts";

const record = (id: string, operation: string, code: number, digest: string): string =>
  `<lrm_rsc_op id="${id}" operation="${operation}" rc-code="${code}" op-restart-digest="${digest}"/>`;

const node = (name: string, records: string): string =>
  `<node_state uname="${name}"><lrm><lrm_resources><lrm_resource id="vm-a">${records}</lrm_resource></lrm_resources></lrm></node_state>`;

test("only of what has started it, on whichever node", () => {
  const status =
    node(
      "node1",
      record("vm-a_last_0", "start", 0, "new") + record("vm-a_monitor_10000", "monitor", 0, "m"),
    ) +
    node("node2", record("vm-a_last_0", "migrate_from", 0, "old")) +
    node("node3", record("vm-a_last_failure_0", "start", 1, "failed"));
  const cib = Cib.parse(`<cib><configuration/><status>${status}<node_state uname="node4"/></status></cib>`);
  expect(restartDigests(cib, "vm-a")).toEqual(new Set(["new", "old"]));
  expect(restartDigests(cib, "vm-b")).toEqual(new Set());
});
