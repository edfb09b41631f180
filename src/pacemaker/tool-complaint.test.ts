import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { toolComplaint } from "./tool-complaint.ts";

test.each([
  [
    '<r><status code="0" message="OK"><errors><error> a </error><error>b</error></errors></status></r>',
    "a; b",
  ],
  ['<r><status code="102" message="Not connected"/></r>', "Not connected"],
  ["<r/>", "nothing said"],
])("%p", (text, expected) => {
  expect(toolComplaint(readXml(text, { source: "a test" }), "nothing said")).toBe(expected);
});
