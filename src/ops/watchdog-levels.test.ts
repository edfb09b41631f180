import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { allowWatchdogTime, watchdogLevelProblems } from "./watchdog-levels.ts";

interface World {
  /** The levels of node1, from the first on. */
  readonly levels?: readonly string[];
  /** The parameters of the device before the watchdog. */
  readonly first?: Readonly<Record<string, string>>;
  readonly agent?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly others?: string;
}

const times = { pcmk_off_timeout: "60s", pcmk_reboot_timeout: "120s" };

function cib({ levels = ["bmc", "watchdog"], first = times, agent = "fence_ipmilan", ...rest }: World): Cib {
  const pairs = (id: string, values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
      .join("");
  const device = (id: string, type: string, values: Readonly<Record<string, string>>): string =>
    `<primitive id="${id}" class="stonith" type="${type}"><instance_attributes id="${id}-p">${pairs(id, values)}</instance_attributes></primitive>`;
  const properties = { "stonith-watchdog-timeout": "15s", "stonith-timeout": "135s", ...rest.properties };
  const topology = levels.map(
    (devices, at) => `<fencing-level id="l${at}" target="node1" index="${at + 1}" devices="${devices}"/>`,
  );
  return Cib.parse(
    `<cib><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">${pairs("o", properties)}</cluster_property_set></crm_config>
    <nodes><node id="1" uname="node1"/><node id="2" uname="node2"/><node id="3" uname="node3"/></nodes>
    <resources>${device("bmc", agent, { pcmk_host_list: "node1", ...first })}${device("watchdog", "fence_watchdog", { pcmk_host_list: "node1 node2 node3" })}</resources>
    <constraints/><fencing-topology>${topology.join("")}</fencing-topology></configuration><status/></cib>`,
  );
}

function said(world: World): string {
  return watchdogLevelProblems(cib(world))
    .map(({ node, text, next }) => `${node}: ${text} -> ${next}`)
    .join("\n");
}

test("alone in the last level, with time left for it: nothing is wrong", () => {
  expect(said({})).toBe("");
  // Nodes that have no other device are waited for without a level.
  expect(said({ levels: ["bmc"] })).toBe("");
});

test.each([
  ["before another device", ["watchdog", "bmc"]],
  ["beside another one", ["bmc,watchdog"]],
])("%s it is passed over", (_, levels) => {
  expect(said({ levels })).toMatch(
    /^node1: The watchdog is not alone in the last level of node1, and is passed over .* -> haven fence levels node1 bmc watchdog$/,
  );
});

test("without levels nobody knows whether Pacemaker comes to it", () => {
  expect(said({ levels: [] })).toMatch(
    /^node1: node1 has no levels: .* -> haven fence levels node1 bmc watchdog$/,
  );
});

test("a person is not asked beside it", () => {
  expect(said({ agent: "fence_haven_manual" })).toMatch(
    /bmc asks a person about node1: .*haven fence remove bmc/,
  );
});

test("the devices before it take no longer than Pacemaker tries", () => {
  const late = /Pacemaker tries at all \(stonith-timeout is (\d+) s\).* -> .* --update (\d+)s$/;
  expect(
    said({ properties: { "stonith-timeout": "134s" } })
      .match(late)
      ?.slice(1),
  ).toEqual(["134", "135"]);
  const delays = { ...times, pcmk_delay_base: "node2:1s;node1:5s", pcmk_delay_max: "7s" };
  expect(said({ first: delays }).match(late)?.slice(1)).toEqual(["135", "142"]);
  const priority = { "priority-fencing-delay": "15s" };
  expect(said({ properties: priority }).match(late)?.slice(1)).toEqual(["135", "150"]);
  expect(said({ first: { pcmk_off_timeout: "60s" } })).toMatch(
    /bmc may take all of the cluster's time .*--set-parameter pcmk_off_timeout; .*pcmk_reboot_timeout$/,
  );
});

test("Pacemaker is given the time where it has too little", () => {
  const enough = new CibEditor(cib({}));
  expect(allowWatchdogTime(enough)).toEqual([]);
  expect(enough.cib.property("stonith-timeout")).toBe("135s");
  const editor = new CibEditor(cib({ properties: { "stonith-timeout": "60s" } }));
  expect(allowWatchdogTime(editor)).toEqual([expect.stringMatching(/^stonith-timeout=135s: /)]);
  expect(watchdogLevelProblems(editor.cib)).toEqual([]);
});
