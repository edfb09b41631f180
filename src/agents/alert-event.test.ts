import { describe, expect, test } from "bun:test";
import { alertCall } from "../../test/support/alert-call.ts";
import { alertEvent } from "./alert-event.ts";

const subject = (words: Readonly<Record<string, string>>, note?: string): string | undefined =>
  alertEvent(alertCall(words), () => note)?.subject;

describe("what people want to know of", () => {
  const cases: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    string | undefined,
    string | undefined,
  ])[] = [
    ["a start", { task: "start" }, undefined, "web started on node1"],
    [
      "a graceful stop",
      { task: "stop" },
      "the guest has shut down",
      "web stopped on node1, the guest has shut down",
    ],
    [
      "a forced stop",
      { task: "stop" },
      "forced: the guest had its time",
      "web stopped on node1, forced: the guest had its time",
    ],
    ["the stop of what is gone already, at a migration's source say", { task: "stop" }, undefined, undefined],
    ["a migration", { task: "migrate_from", node: "node2" }, undefined, "web migrated to node2"],
    ["its first half", { task: "migrate_to" }, undefined, undefined],
    [
      "a migration that failed",
      { task: "migrate_to", rc: "1", desc: "Error occurred" },
      undefined,
      "web on node1: migrate_to failed: Error occurred",
    ],
    [
      "a VM that is gone",
      { task: "monitor", interval: "10000", rc: "7", desc: "Not running" },
      undefined,
      "web on node1: monitor failed: Not running",
    ],
    [
      "a VM whose end was reported",
      { task: "asyncmon", rc: "1", desc: "Error occurred" },
      undefined,
      "web on node1: reported to have ended",
    ],
    [
      "a guest that powered off and stays down",
      { task: "monitor", interval: "10000", rc: "7" },
      "its guest has powered off, and it stays down by its policy",
      "web on node1: its guest has powered off, and it stays down by its policy",
    ],
    [
      "a time-out",
      { task: "stop", status: "2", rc: "1" },
      "forced: x",
      "web on node1: stop failed: timed out",
    ],
    ["a monitor that is well", { task: "monitor", interval: "10000" }, undefined, undefined],
    [
      "a monitor that was cancelled",
      { task: "monitor", interval: "10000", status: "1", rc: "7" },
      undefined,
      undefined,
    ],
    ["a probe", { task: "monitor", interval: "0", rc: "7", target_rc: "7" }, undefined, undefined],
    [
      "a probe that finds it running",
      { task: "monitor", interval: "0", rc: "0", target_rc: "7" },
      undefined,
      undefined,
    ],
    ["a reload", { task: "reload-agent" }, undefined, undefined],
    ["another resource", { rsc: "haven-ping:0", task: "start" }, undefined, undefined],
    ["a node", { kind: "node", desc: "lost" }, undefined, undefined],
    ["an attribute", { kind: "attribute", attribute_name: "pingd" }, undefined, undefined],
  ];
  test.each(cases)("%s", (_, words, note, wanted) => {
    expect(subject(words, note)).toBe(wanted);
  });

  test("a fencing, of which every node is told", () => {
    const words = { kind: "fencing", node: "node3", task: "reboot", desc: "reboot of node3 by node1: OK" };
    expect(alertEvent(alertCall(words), () => undefined)).toEqual({
      kind: "fencing",
      resource: undefined,
      node: "node3",
      subject: "fencing of node3 (reboot) succeeded: reboot of node3 by node1: OK",
      toldEverywhere: true,
    });
    expect(subject({ ...words, rc: "1" })).toStartWith("fencing of node3 (reboot) failed");
  });

  test("nothing of it gets into a header that does not belong there", () => {
    expect(subject({ task: "start", node: "node1\r\nBcc: all@example.org" })).toBe(
      "web started on node1 Bcc: all@example.org",
    );
  });
});
