import { describe, expect, test } from "bun:test";
import { alertCall } from "../../test/support/alert-call.ts";
import { alertHistory } from "./alert-history.ts";

type Words = Readonly<Record<string, string>>;

const history = (words: Words, note?: string) => alertHistory(alertCall(words), () => note);

describe("what the alert agent adds to the history", () => {
  const monitor = { task: "monitor", interval: "10000" };
  const cases: readonly (readonly [string, Words, string | undefined, string | undefined])[] = [
    [
      "a node that is lost",
      { kind: "node", desc: "lost" },
      undefined,
      "node.lost: node1 is lost to the cluster",
    ],
    [
      "a node that comes",
      { kind: "node", desc: "member" },
      undefined,
      "node.joined: node1 is in the cluster",
    ],
    ["a node of which nothing is said", { kind: "node" }, undefined, undefined],
    ["an attribute", { kind: "attribute", attribute_name: "pingd" }, undefined, undefined],
    [
      "a fencing",
      {
        kind: "fencing",
        node: "node3",
        task: "st_notify_fence",
        desc: "Operation reboot of node3 by node2 for pacemaker-controld.561@node2: OK (ref=b6bf15fd-2497)",
      },
      undefined,
      "fence.succeeded: Fencing of node3 (reboot) by node2 succeeded",
    ],
    [
      "a fencing that failed",
      {
        kind: "fencing",
        node: "node3",
        rc: "1",
        desc: "Operation off of node3 by <anyone> for x@node1: Error occurred (No fence device) (ref=1)",
      },
      undefined,
      "fence.failed: Fencing of node3 (off) failed: Error occurred (No fence device)",
    ],
    [
      "a fencing in words that are not known",
      { kind: "fencing", node: "node3", desc: "It was shot" },
      undefined,
      "fence.succeeded: Fencing of node3 (off) succeeded: It was shot",
    ],
    ["a VM that is gone", { ...monitor, rc: "7" }, undefined, "vm.gone: web is gone from node1"],
    [
      "a guest that powered off and stays down",
      { ...monitor, rc: "7" },
      "its guest has powered off, and it stays down by its policy",
      "vm.stopped: web on node1: its guest has powered off, and it stays down by its policy",
    ],
    [
      "a monitor that failed",
      { ...monitor, rc: "1", desc: "Error" },
      undefined,
      "vm.failed: web on node1: monitor failed: Error",
    ],
    ["a monitor that is well", monitor, undefined, undefined],
    ["a monitor that was cancelled", { ...monitor, status: "1", rc: "7" }, undefined, undefined],
    ["a probe", { task: "monitor", interval: "0", rc: "7" }, undefined, undefined],
    ["what the agent tells itself", { task: "start" }, undefined, undefined],
    ["a failure that it tells itself", { task: "stop", rc: "1" }, undefined, undefined],
    [
      "a stop that it could not tell of",
      { task: "stop", status: "2", rc: "1" },
      undefined,
      "vm.failed: web on node1: stop failed: timed out",
    ],
    [
      "an agent that could not be run",
      { task: "start", status: "4", rc: "5", desc: "Not installed" },
      undefined,
      "vm.failed: web on node1: start failed: Not installed",
    ],
    ["another resource that is well", { rsc: "ping:0", task: "start" }, undefined, undefined],
    [
      "another one that fails",
      { rsc: "fence-node1", ...monitor, rc: "1" },
      undefined,
      "resource.failed: fence-node1 on node1: monitor failed: code 1",
    ],
    ["no node", { node: "", kind: "node", desc: "lost" }, undefined, undefined],
  ];
  test.each(cases)("%s", (_, words, note, wanted) => {
    const event = history(words, note);
    expect(event === undefined ? undefined : `${event.kind}: ${event.text}`).toBe(wanted);
  });

  test("Pacemaker's time counts, and what it is about is told apart", () => {
    const words = { task: "monitor", interval: "10000", rc: "7" };
    const timed = { ...words, timestamp_epoch: "1764250000", timestamp_usec: "123456" };
    expect(history(timed)).toMatchObject({ time: 1_764_250_000_123, vm: "web", subject: "vm-web" });
    expect(history({ ...words, timestamp_epoch: "soon" })).not.toHaveProperty("time");
    expect(history({ ...words, timestamp_epoch: "5", timestamp_usec: "x" })).toMatchObject({ time: 5000 });
  });

  test("how long a failed operation took is told, where Pacemaker says so", () => {
    const late = { task: "start", status: "2", rc: "1", exec_time: "120004" };
    expect(history(late)?.data).toMatchObject({ task: "start", timedOut: true, ms: 120_004 });
    const failed = history({ task: "monitor", interval: "10000", rc: "1", exec_time: "soon" });
    expect(failed?.data).toMatchObject({ timedOut: false });
    expect(failed?.data).not.toHaveProperty("ms");
  });
});
