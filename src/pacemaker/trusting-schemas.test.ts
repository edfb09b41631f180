import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trustingSchemas } from "./trusting-schemas.ts";

const isRoot = process.getuid?.() === 0;
let scratch = "";
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haven-schemas-"));
  mkdirSync(join(scratch, "installed"));
  for (const name of ["pacemaker-2.10.rng", "pacemaker-3.9.rng", "pacemaker-4.0.rng", "upgrade-2.10.xsl"]) {
    writeFileSync(join(scratch, "installed", name), name);
  }
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const make = (): string | undefined => trustingSchemas(join(scratch, "installed"), join(scratch, "run"));

test.skipIf(!isRoot)("schemas of this generation accept all, the others are the installed ones", () => {
  const folder = make() ?? "";
  expect(readFileSync(join(folder, "pacemaker-3.9.rng"), "utf8")).toContain("<anyName/>");
  expect(readFileSync(join(folder, "pacemaker-4.0.rng"), "utf8")).toContain("<anyName/>");
  for (const name of ["pacemaker-2.10.rng", "upgrade-2.10.xsl"]) {
    expect(readlinkSync(join(folder, name))).toBe(join(scratch, "installed", name));
  }
  expect(make()).toBe(folder);
});

test.skipIf(!isRoot)("an upgrade makes a new one", () => {
  const before = make();
  utimesSync(join(scratch, "installed"), 1, 1);
  expect(make()).not.toBe(before);
});

test.skipIf(!isRoot)("a folder that others can write to is not used", () => {
  const folder = make() ?? "";
  chmodSync(folder, 0o777);
  expect(make()).toBeUndefined();
  rmSync(join(scratch, "run"), { recursive: true });
  mkdirSync(join(scratch, "run"));
  chmodSync(join(scratch, "run"), 0o777);
  expect(make()).toBeUndefined();
});

test("without installed schemas there is none", () => {
  expect(trustingSchemas(join(scratch, "nothing"), join(scratch, "run"))).toBeUndefined();
});
