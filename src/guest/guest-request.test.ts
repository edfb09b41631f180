import { expect, test } from "bun:test";
import { parseGuestRequest } from "./guest-request.ts";

test.each([
  ["ready", { verb: "ready", id: "" }],
  ["ready 7", { verb: "ready", id: "7" }],
  ["  ready   a:b/c  ", { verb: "ready", id: "a:b/c" }],
  ["heartbeat", { verb: "heartbeat", id: "" }],
  ["heartbeat 9", { verb: "heartbeat", id: "9" }],
  ["list 1", { verb: "list", id: "1" }],
  ["fence 5 db2", { verb: "fence", id: "5", target: "db2", action: "reboot" }],
  ["fence 5 db2 off", { verb: "fence", id: "5", target: "db2", action: "off" }],
  [`fence ${"x".repeat(64)} a`, { verb: "fence", id: "x".repeat(64), target: "a", action: "reboot" }],
])("%j", (line, request) => {
  expect(parseGuestRequest(line)).toEqual(request as ReturnType<typeof parseGuestRequest>);
});

test.each([
  "",
  " ",
  "READY 1",
  "ready 1 2",
  "heartbeat 1 2",
  "list",
  "list 1 2",
  "fence",
  "fence 5",
  "fence 5 DB2",
  "fence 5 -db2",
  "fence 5 db2-",
  "fence 5 ../db2",
  "fence 5 db.2",
  "fence 5 db2 on",
  "fence 5 db2 off now",
  `fence 5 ${"a".repeat(64)}`,
  `fence ${"x".repeat(65)} a`,
  "ready\t1",
  "ready é",
  "ack 1",
])("%j is no request", (line) => {
  expect(parseGuestRequest(line)).toBeUndefined();
});
