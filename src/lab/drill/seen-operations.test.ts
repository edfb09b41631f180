import { expect, test } from "bun:test";
import { secondsDown, seenFencing, seenOperations } from "./seen-operations.ts";

const log = `Nov 28 23:00:01.100 hv2 pacemaker-controld  [77] (log_executor_event) notice: Result of start operation for vm-a on hv2: OK | CIB update 12, graph action confirmed; call=40 key=vm-a_start_0
Nov 28 23:00:01.200 hv2 pacemaker-controld  [77] (process_lrm_event) notice: Result of start operation for vm-b on hv2: ok | rc=0 call=9
Nov 28 23:00:01.300 hv2 pacemaker-controld  [77] (log_executor_event) notice: Result of start operation for vm-c on hv2: Error occurred (the disk is missing) | call=11
Nov 28 23:00:01.400 hv2 pacemaker-controld  [77] (log_executor_event) notice: Result of monitor operation for vm-a on hv2: OK
Nov 28 23:00:00.900 hv2 pacemaker-fenced    [70] (finalize_op) notice: Operation 'off' targeting hv1 by hv2 for pacemaker-controld.77@hv2: OK (complete) | id=8
Nov  5 03:00:00.000 hv2 something else`;

test("operations that succeeded, as 2.1 and 3.0 log them", () => {
  expect(seenOperations(log, 2026)).toEqual([
    { time: Date.UTC(2026, 10, 28, 23, 0, 1, 100), resource: "vm-a", operation: "start", node: "hv2" },
    { time: Date.UTC(2026, 10, 28, 23, 0, 1, 200), resource: "vm-b", operation: "start", node: "hv2" },
  ]);
  expect(seenFencing(log, 2026, "hv1")).toBe(Date.UTC(2026, 10, 28, 23, 0, 0, 900));
  expect(seenFencing(log, 2026, "hv2")).toBeUndefined();
});

test("how long a resource did not run", () => {
  const at = (time: number, operation: string, node: string) => ({ time, operation, node, resource: "r" });
  const down = (operations: ReturnType<typeof at>[], place: string, cut?: number) =>
    secondsDown(operations, { resource: "r", place, cut });
  expect(down([at(5000, "start", "b")], "b", 1000)).toBe(4);
  // A start that failed over to another node again: what counts is where it runs in the end.
  expect(down([at(5000, "start", "b"), at(6000, "stop", "b"), at(9000, "start", "c")], "c", 1000)).toBe(8);
  expect(down([at(2000, "stop", "a"), at(5000, "start", "b")], "b")).toBe(3);
  const live = [at(2000, "migrate_to", "a"), at(3000, "migrate_from", "b"), at(3100, "stop", "a")];
  expect(down(live, "b")).toBeNull();
  expect(down([], "a")).toBeNull();
  expect(down([], "", 1000)).toBeNull();
});
