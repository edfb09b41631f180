import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tellPerson } from "./tell-person.ts";

const root = mkdtempSync(join(tmpdir(), "haven-person-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a person is asked for once, with what to type; again after an hour, and for another node", () => {
  const options = { folder: join(root, "left"), stamps: join(root, "asked") };
  const left = (): readonly string[] => readdirSync(options.folder);
  // Where the event could not be left, it is tried again.
  expect(tellPerson("node2", "node1", options)).toBe(false);
  mkdirSync(options.folder);
  expect(tellPerson("node2", "node1", options)).toBe(true);
  expect(tellPerson("node2", "node1", options)).toBe(false);
  const [name = ""] = left();
  expect(JSON.parse(readFileSync(join(options.folder, name), "utf8"))).toMatchObject({
    kind: "fence.person",
    node: "node2",
    text: "SOMEBODY MUST ACT: make sure that node2 is off, then: haven fence confirm node2",
    data: { askedBy: "node1" },
  });
  expect(tellPerson("node3", "node1", options)).toBe(true);
  const past = (Date.now() - 3_700_000) / 1000;
  utimesSync(join(options.stamps, "node2"), past, past);
  expect(tellPerson("node2", "node1", options)).toBe(true);
  expect(left()).toHaveLength(3);
});
