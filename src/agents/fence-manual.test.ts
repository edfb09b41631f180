import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manualRequests } from "../power/manual-fencing.ts";
import { fenceManualMain } from "./fence-manual.ts";

// Pacemaker's attribute daemon as files, a value each: `attrd_updater` is a script that keeps them.
const scratch = mkdtempSync(join(tmpdir(), "haven-manual-"));
const request = join(scratch, "haven-manual-off.node2");
const answer = join(scratch, "haven-manual-done.node2");
writeFileSync(
  join(scratch, "attrd_updater"),
  `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --name) name=$2; shift ;;
    --update) printf '%s' "$2" > ${scratch}/$name; shift ;;
    --delete) rm -f ${scratch}/$name ;;
    --query) [ -e ${scratch}/$name ] || exit 6; printf 'name="%s" value="%s"\\n' $name "$(cat ${scratch}/$name)" ;;
  esac
  shift
done
`,
);
chmodSync(join(scratch, "attrd_updater"), 0o755);

const path = process.env.PATH;
beforeEach(() => {
  process.env.PATH = `${scratch}:${path}`;
  for (const file of [request, answer]) rmSync(file, { force: true });
});
afterAll(() => {
  process.env.PATH = path;
  rmSync(scratch, { recursive: true });
});

const told: string[] = [];
const tell = (target: string): number => told.push(target);
const off = (wait: number): Promise<number> =>
  fenceManualMain(["--action=off", "--plug=node2", `--wait=${wait}`, "--quiet"], tell);

async function appears(file: string): Promise<string> {
  while (!existsSync(file)) await Bun.sleep(20);
  return readFileSync(file, "utf8");
}

describe("off", () => {
  test("succeeds when the very request is answered, and leaves nothing behind", async () => {
    const ended = off(30);
    const [word = ""] = (await appears(request)).split(" ");
    const attributes = new Map([["haven-manual-off.node2", readFileSync(request, "utf8")]]);
    expect(manualRequests([{ name: "node1", attributes }], Date.now())).toMatchObject([
      { target: "node2", askedBy: "node1", word },
    ]);
    writeFileSync(answer, word);
    expect(await ended).toBe(0);
    expect(told).toEqual(["node2"]);
    expect([request, answer].map((file) => existsSync(file))).toEqual([false, false]);
  }, 30_000);

  test("an answer to an older request does not count, and when nobody answers it fails", async () => {
    writeFileSync(answer, "0e4f4f7e-5f0a-4d7b-8f6e-1f6a54c0a001");
    expect(await off(1)).toBe(1);
    expect(existsSync(request)).toBe(false);
  }, 30_000);

  test("without a node's name, and where Pacemaker does not answer, it fails", async () => {
    expect(await fenceManualMain(["--action=off", "--quiet"])).toBe(1);
    process.env.PATH = "/nonexistent";
    expect(await off(5)).toBe(1);
  });
});

test("it watches over nothing, and knows nothing", async () => {
  const run = (action: string) => fenceManualMain([`--action=${action}`, "--plug=node2", "--quiet"]);
  expect(await Promise.all(["monitor", "list", "status", "on"].map(run))).toEqual([0, 0, 1, 1]);
});

test("a request that has not been repeated for long is over", () => {
  const value = "0e4f4f7e-5f0a-4d7b-8f6e-1f6a54c0a001 2026-01-01T00:00:00.000Z node2";
  const nodes = [{ name: "node1", attributes: new Map([["haven-manual-off.node2", value]]) }];
  const then = Date.parse("2026-01-01T00:00:00.000Z");
  expect(manualRequests(nodes, then + 30_000).length).toBe(1);
  expect(manualRequests(nodes, then + 60_000)).toEqual([]);
  const odd = [{ name: "node1", attributes: new Map([["haven-manual-off.node2", "rm -rf /"]]) }];
  expect(manualRequests(odd, then)).toEqual([]);
});
