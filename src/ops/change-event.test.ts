import { describe, expect, test } from "bun:test";
import { smallCib } from "../../test/support/small-cib.ts";
import { readEvent } from "../contract/event.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { readXml } from "../xml/read.ts";
import { changeEvent } from "./change-event.ts";

const maker = { user: "anna", by: "login", words: ["vm", "stop", "web"], node: "node1" };
const quiet: Transition = { actions: [], fenced: [] };

function eventOf(edit: (editor: CibEditor) => void, words = maker.words, transition = quiet) {
  const editor = new CibEditor(Cib.parse(smallCib));
  edit(editor);
  const change = {
    transition,
    changes: editor.changes(),
    version: { adminEpoch: 1, epoch: 8, numUpdates: 0 },
    cib: editor.cib,
    simulated: true,
  };
  const event = changeEvent(change, { ...maker, words });
  // It comes through the spool as it was left.
  const through = readEvent(JSON.parse(JSON.stringify({ time: 1, ...event })));
  expect(through).toMatchObject(JSON.parse(JSON.stringify(event)));
  return event;
}

describe("the event of a change", () => {
  test("says who, by which command, what, and what was simulated to follow", () => {
    const stop = (editor: CibEditor): void =>
      editor.setNvpairs("vm-web", "meta_attributes", { "target-role": "Stopped" });
    const transition: Transition = {
      actions: [{ kind: "stop", resource: "vm-web", from: "node2" }],
      fenced: [],
    };
    expect(eventOf(stop, maker.words, transition)).toEqual({
      node: "node1",
      kind: "change.made",
      vm: "web",
      text: "anna: haven vm stop web",
      data: {
        user: "anna",
        by: "login",
        command: "haven vm stop web",
        changed: ["web: target-role = Stopped"],
        effect: ["web stops on node2"],
        simulated: true,
        configuration: "1.8",
        vms: ["web"],
      },
    });
  });

  const changed = (edit: (editor: CibEditor) => void) => eventOf(edit).data?.changed;
  test("speaks of nodes, properties, constraints and resources by their names", () => {
    expect(changed((editor) => editor.setNodeAttributes("node2", { standby: "on" }))).toEqual([
      "node node2: standby = on",
    ]);
    const properties = { "stonith-enabled": "false", "cluster-name": undefined, "no-quorum-policy": "stop" };
    const [line, ...more] = changed((editor) => editor.setProperties(properties)) as readonly string[];
    expect(more).toEqual([]);
    expect(line).toStartWith("cluster: ");
    expect(line?.slice(9).split("; ").sort()).toEqual([
      "cluster-name removed",
      "no-quorum-policy = stop",
      "stonith-enabled: true → false",
    ]);
    const location = readXml('<rsc_location id="here" rsc="vm-web" node="node1" score="100"/>');
    expect(changed((editor) => editor.addConstraint(location))).toEqual(["location here: added"]);
    expect(changed((editor) => editor.remove("fence"))).toEqual(["primitive fence: removed"]);
  });

  test("concerns VMs that it changes, those of a constraint, and those that something happens to", () => {
    const location = readXml('<rsc_location id="here" rsc="vm-web" node="node1" score="100"/>');
    const transition: Transition = {
      actions: [
        { kind: "stop", resource: "vm-db", from: "node2" },
        { kind: "start", resource: "ping:1", to: "node2" },
      ],
      fenced: [],
    };
    const event = eventOf((editor) => editor.addConstraint(location), maker.words, transition);
    expect([event.vm, event.data?.vms]).toEqual(["web", ["web", "db"]]);
  });

  test("long values and what may be a secret are not in it", () => {
    const edit = (editor: CibEditor): void => {
      editor.setNvpairs("vm-web", "instance_attributes", { xml: `<domain>${"x".repeat(200)}</domain>` });
      editor.setNvpairs("fence", "instance_attributes", { password: "hunter2", ip: "10.0.0.1" });
    };
    const words = [
      "fence",
      "add",
      "--set",
      "password=hunter2",
      "--set=community=hunter2",
      "--token",
      "hunter2",
    ];
    const files = ["--secret-file", "password=/root/pw"];
    const event = eventOf(edit, [...words, "--secret", "password", ...files, "two words"]);
    expect(event.data?.changed).toEqual(["web: xml changed", "primitive fence: password set; ip = 10.0.0.1"]);
    expect(JSON.stringify(event)).not.toContain("hunter2");
    expect(event.text).toBe(
      "anna: haven fence add --set password=… --set=community=… --token … --secret password --secret-file password=/root/pw 'two words'",
    );
  });

  test("a change of hundreds of VMs has room, and says how many more there were", () => {
    const actions = Array.from({ length: 400 }, (_, n) => ({
      kind: "start" as const,
      resource: `vm-machine-${n}`,
      to: "node1",
    }));
    const { data } = eventOf((editor) => editor.remove("ip"), maker.words, { actions, fenced: [] });
    const effect = data?.effect as readonly string[];
    expect(effect.at(-1)).toBe(`… and ${400 - effect.length + 1} more`);
  });
});
