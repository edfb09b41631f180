import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentAtWork } from "./agent-at-work.ts";

const root = mkdtempSync(join(tmpdir(), "haven-at-work-"));
afterAll(() => rmSync(root, { recursive: true }));

function process(pid: number, words: readonly string[], environment: readonly string[]): void {
  mkdirSync(join(root, String(pid)), { recursive: true });
  writeFileSync(join(root, String(pid), "cmdline"), words.map((word) => `${word}\0`).join(""));
  writeFileSync(join(root, String(pid), "environ"), environment.map((word) => `${word}\0`).join(""));
}

test("an action of the agent counts, watching does not, nor another VM's, nor another program", () => {
  const of = (id: string) => ["PATH=/bin", `OCF_RESOURCE_INSTANCE=${id}`];
  const agent = "/usr/lib/ocf/resource.d/haven/Domain";
  process(10, [agent, "monitor"], of("vm-a"));
  process(11, [agent, "stop"], of("vm-b"));
  process(12, ["/usr/bin/vim", "stop"], of("vm-a"));
  process(13, [agent, "migrate_to"], of("vm-ab"));
  expect(["vm-a", "vm-b", "vm-ab", "vm-"].map((id) => agentAtWork(id, root))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("a process table that cannot be read may hold an agent", () => {
  expect(agentAtWork("vm-a", join(root, "missing"))).toBe(true);
});
