import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Record } from "./record.ts";

const folder = mkdtempSync(join(tmpdir(), "haven-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const identity = {
  uuid: "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
  name: "web",
  type: "kvm",
  emulator: undefined,
};

test("remembers whose domain a resource is, until it is forgotten", () => {
  const record = new Record("vm-web/../x", folder);
  expect(record.read()).toBeUndefined();
  record.keep(identity);
  expect(record.read()).toEqual(identity);
  record.forget();
  expect(record.read()).toBeUndefined();
});

test("a creation is pending while a daemon that was asked lives", () => {
  const record = new Record("vm-a", folder);
  expect(record.mayStillCreate()).toBe(false);
  record.creating(identity);
  // No libvirt runs where these tests do, or it does and lives: both are told apart by the file.
  const stat = readFileSync(`/proc/${process.pid}/stat`, "latin1");
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const write = (value: unknown): void => writeFileSync(join(folder, "vm-a.creating"), JSON.stringify(value));
  write({ daemons: [{ pid: process.pid, startTime }] });
  expect(record.mayStillCreate()).toBe(true);
  write({ daemons: [{ pid: process.pid, startTime: "1" }] });
  expect(record.mayStillCreate()).toBe(false);
  write({});
  expect(record.mayStillCreate()).toBe(true);
  record.settled();
  expect(record.mayStillCreate()).toBe(false);
});

test("a mark that cannot be read counts", () => {
  const record = new Record("vm-b", folder);
  writeFileSync(join(folder, "vm-b.creating"), "{");
  expect(record.mayStillCreate()).toBe(true);
});

test("a migration is under way, left or none", () => {
  const record = new Record("vm-c", folder);
  expect(record.migration()).toBe("none");
  record.migrating();
  expect(record.migration()).toBe("running");
  writeFileSync(join(folder, "vm-c.migrating"), JSON.stringify({ pid: process.pid, startTime: "1" }));
  expect(record.migration()).toBe("left");
  record.migrated();
  expect(record.migration()).toBe("none");
  expect(record.migrationFailed(1_000_000)).toBe(1);
  expect(record.migrationFailed(2_000_000)).toBe(2);
  expect(record.migrationFailed(9_000_000)).toBe(1);
});

test("a mark of another migration stays", () => {
  const record = new Record("vm-d", folder);
  record.migrating();
  const owner = record.migrationOwner();
  expect(owner).toMatch(/^\d+ \d+$/);
  record.migrated("1 1");
  expect(record.migrationOwner()).toBe(owner);
  record.migrated(owner);
  expect(record.migrationOwner()).toBeUndefined();
});

test("knows what other resources have", () => {
  const own = mkdtempSync(join(folder, "others-"));
  const [one, other] = [new Record("vm-one", own), new Record("vm:other", own)];
  expect(one.others()).toEqual([]);
  one.keep(identity);
  other.keep({ ...identity, name: "other" });
  writeFileSync(join(own, "vm-broken.json"), "{");
  expect(one.others().map(({ name }) => name)).toEqual(["other"]);
  expect(new Record("vm-one", join(own, "missing")).others()).toEqual([]);
});

test("the alert agent, another user, reads the note whatever the mask of who leaves it; nothing else", () => {
  const own = join(folder, "masked");
  const mask = process.umask(0o077);
  try {
    const record = new Record("vm-web", own);
    record.keep(identity);
    record.note("stop", "the guest has shut down");
  } finally {
    process.umask(mask);
  }
  const mode = (name: string): number => statSync(join(own, name)).mode & 0o777;
  expect([statSync(own).mode & 0o777, mode("vm-web.note"), mode("vm-web.json")]).toEqual([
    0o755, 0o644, 0o600,
  ]);
});
