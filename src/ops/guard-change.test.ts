import { expect, test } from "bun:test";
import { smallCib } from "../../test/support/small-cib.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { ResourceAction, Transition } from "../pacemaker/simulate.ts";
import { harmOf, harmRefused } from "./guard-change.ts";

const { signal } = new AbortController();

async function harms(
  actions: readonly ResourceAction[],
  options: {
    readonly anyway?: readonly ResourceAction[];
    readonly fenced?: Transition["fenced"];
    readonly status?: string;
    readonly leaving?: readonly string[];
  } = {},
): Promise<readonly string[]> {
  const cib = Cib.parse(smallCib.replace("<status/>", options.status ?? "<status/>"));
  const simulate = () => Promise.resolve({ actions: options.anyway ?? [], fenced: [] });
  const pacemaker = { simulate } as unknown as Pacemaker;
  const transition = { actions, fenced: options.fenced ?? [] };
  const found = await harmOf({ pacemaker, signal }, transition, cib, {
    mayStop: ["vm-own"],
    own: ["vm-named"],
    leaving: options.leaving ?? [],
  });
  return found.map(({ name, why }) => `${name} ${why}`);
}

test("what ends a VM, or moves one that is not named, does harm", async () => {
  expect(
    await harms([
      { kind: "stop", resource: "vm-a", from: "node1", reason: "node availability" },
      { kind: "move", resource: "vm-b", from: "node1", to: "node2" },
      { kind: "restart", resource: "vm-c", to: "node1" },
      { kind: "stop", resource: "vm-own", from: "node1" },
      { kind: "migrate", resource: "vm-d", from: "node1", to: "node2", reason: "colocation with own" },
      { kind: "migrate", resource: "vm-named", from: "node1", to: "node2" },
      { kind: "start", resource: "vm-e", to: "node1" },
      { kind: "recover", resource: "vm-f", to: "node1" },
      { kind: "stop", resource: "fence", from: "node1" },
    ]),
  ).toEqual([
    "a would be stopped on node1 (node availability)",
    "b would be stopped on node1 and started on node2",
    "c would be restarted on node1",
    "d would migrate live from node1 to node2 (colocation with own)",
  ]);
  expect(await harms([{ kind: "stop", resource: "vm-named", from: "node1" }])).toHaveLength(1);
  expect(await harms([], { fenced: [{ node: "node2", reason: "it is lost" }] })).toEqual([
    "node2 would be fenced (it is lost)",
  ]);
});

test("what leaves a node that is to be left may move, and not end", async () => {
  const leaving = ["node1"];
  expect(
    await harms(
      [
        { kind: "migrate", resource: "vm-a", from: "node1", to: "node2" },
        { kind: "move", resource: "vm-b", from: "node1", to: "node2" },
        { kind: "stop", resource: "vm-c", from: "node1" },
        { kind: "migrate", resource: "vm-d", from: "node2", to: "node3" },
      ],
      { leaving },
    ),
  ).toEqual(["c would be stopped on node1", "d would migrate live from node2 to node3"]);
});

test("what happens without the change, too, is not its doing", async () => {
  const anyway: ResourceAction[] = [{ kind: "move", resource: "vm-a", from: "node1", to: "node2" }];
  expect(await harms([{ kind: "stop", resource: "vm-a", from: "node1" }], { anyway })).toEqual([]);
});

test("a VM that a probe found running is told from others, with the way out", async () => {
  const record = (more: string): string =>
    `<status><node_state id="1"><lrm><lrm_resources><lrm_resource id="vm-web"><lrm_rsc_op id="vm-web_last_failure_0" ${more}/></lrm_resource></lrm_resources></lrm></node_state></status>`;
  const restart: ResourceAction[] = [{ kind: "restart", resource: "vm-web", to: "node1" }];
  expect((await harms(restart, { status: record('rc-code="0"') }))[0]).toContain(
    "found it running on node1 after a refresh",
  );
  expect(await harms(restart, { status: record('rc-code="0" op-restart-digest="x"') })).toEqual([
    "web would be restarted on node1",
  ]);
  expect(await harms(restart, { status: record('rc-code="1"') })).toEqual([
    "web would be restarted on node1",
  ]);
  const error = harmRefused([{ name: "web", why: "would be restarted", hint: "A live move helps" }]);
  expect([error.message, error.hint]).toEqual([
    "web would be restarted",
    "A live move helps; or, to do it all the same: --force",
  ]);
  expect(harmRefused([{ name: "web", why: "would be moved", hint: undefined }], "Name it, too").hint).toBe(
    "Name it, too; or, to do it all the same: --force",
  );
});
