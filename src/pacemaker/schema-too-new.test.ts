import { expect, test } from "bun:test";
import { schemaTooNew } from "./schema-too-new.ts";

const words = (claimed: string, range: string): string =>
  `x.xml:0: element status: Relax-NG validity error\nCannot upgrade configuration (claiming ${claimed}) to at least pacemaker-3.0 because it does not validate with any schema from ${range}\n`;

test("a schema that the tools do not have", () => {
  // Pacemaker 2.1.5.
  expect(schemaTooNew(words("schema pacemaker-9.9", "unknown to pacemaker-3.9"))).toBe(
    "its schema pacemaker-9.9 is none of those that the tools here have, the newest of which is pacemaker-3.9: ask on a node with a newer Pacemaker",
  );
  // 3.0 does not name the newest.
  expect(schemaTooNew(words("pacemaker-9.9 schema", "unknown to the latest"))).toBe(
    "its schema pacemaker-9.9 is none of those that the tools here have: ask on a node with a newer Pacemaker",
  );
  expect(schemaTooNew(words("schema pacemaker-3.10", "pacemaker-3.10 to pacemaker-3.9"))).toBeDefined();
});

test("a configuration that is wrong by a schema that they have, and other words", () => {
  expect(schemaTooNew(words("schema pacemaker-3.8", "pacemaker-3.8 to pacemaker-3.9"))).toBeUndefined();
  expect(schemaTooNew("CIB did not pass schema validation")).toBeUndefined();
});
