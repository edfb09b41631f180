import { expect, test } from "bun:test";
import type { MigrationRecord } from "../pacemaker-record.ts";
import { standingOf, staysSuspended } from "./watch-migration.ts";

const record = { migrationOwner: () => "7 100" };
const says = (failed: boolean, pending: boolean) => async (): Promise<MigrationRecord> => ({
  failed,
  pending,
});

test("a watch acts only while its failure stands and nothing is under way", async () => {
  expect(await standingOf(record, "7 100", says(true, false))).toBe("stands");
  expect(await standingOf(record, "7 100", says(true, true))).toBe("wait");
  expect(await standingOf(record, "7 100", says(false, false))).toBe("over");
  expect(await standingOf(record, "7 100", says(false, true))).toBe("over");
});

test("what Pacemaker does not say is no leave to act", async () => {
  const silent = (): Promise<MigrationRecord> => Promise.reject(new Error("no CIB"));
  expect(await standingOf(record, "7 100", silent)).toBe("wait");
});

test("another migration's mark ends it, also one that begins while Pacemaker is asked", async () => {
  expect(await standingOf(record, "6 90", says(true, false))).toBe("over");
  const owners = ["7 100", "8 200"];
  const changing = { migrationOwner: () => owners.shift() };
  expect(await standingOf(changing, "7 100", says(true, false))).toBe("over");
});

test("a guest that an administrator suspended stays so after a migration that was refused", () => {
  const mark = { source: "a", target: "b", suspended: false };
  expect(staysSuspended("suspended", undefined)).toBe(true);
  expect(staysSuspended("suspended", { ...mark, suspended: true })).toBe(true);
  expect(staysSuspended("suspended", mark)).toBe(false);
  expect(staysSuspended("migrating", undefined)).toBe(false);
});
