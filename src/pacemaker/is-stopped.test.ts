import { expect, test } from "bun:test";
import { Cib } from "./cib.ts";
import { isStopped } from "./is-stopped.ts";
import { parseStatus } from "./parse-status.ts";

const operation = (name: string, code: number): string =>
  `<lrm_resource id="vm-a"><lrm_rsc_op id="vm-a_last_0" operation="${name}" rc-code="${code}"/></lrm_resource>`;
const stopped = operation("stop", 0);
const absent = operation("monitor", 7);

/** Two nodes: what is recorded of vm-a on each. */
function cib(...histories: readonly string[]): Cib {
  const states = histories.map(
    (history, at) =>
      `<node_state id="${at + 1}" uname="node${at + 1}"><lrm id="${at + 1}"><lrm_resources>${history}</lrm_resources></lrm></node_state>`,
  );
  return Cib.parse(`<cib><configuration/><status>${states.join("")}</status></cib>`);
}

function nodes(second = 'online="true" unclean="false" pending="false"') {
  return parseStatus(
    `<pacemaker-result><summary><stack type="corosync"/></summary><nodes><node name="node1" id="1" online="true" unclean="false" pending="false"/><node name="node2" id="2" ${second}/></nodes><resources/><status code="0"/></pacemaker-result>`,
  );
}

test("stopped is what every node says so of", () => {
  expect(isStopped(cib(stopped, absent), nodes(), "vm-a")).toBe(true);
  expect(isStopped(cib(stopped, ""), nodes(), "vm-a")).toBe(false);
  expect(isStopped(cib(stopped), nodes(), "vm-a")).toBe(false);
  for (const other of [
    operation("start", 0),
    operation("stop", 1),
    operation("stop", 193),
    operation("monitor", 0),
  ])
    expect(isStopped(cib(other, absent), nodes(), "vm-a")).toBe(false);
});

test("a node that is off has no say, one that may be on has", () => {
  const off = nodes('online="false" unclean="false" pending="false"');
  expect(isStopped(cib(stopped, operation("start", 0)), off, "vm-a")).toBe(true);
  const unknown = nodes('online="false" unclean="true" pending="false"');
  expect(isStopped(cib(stopped, operation("start", 0)), unknown, "vm-a")).toBe(false);
});
