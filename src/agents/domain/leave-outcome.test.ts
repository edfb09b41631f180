import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, done, failed, warned } from "../ocf.ts";
import { outcomeEvent, type ToldAction } from "./leave-outcome.ts";
import { Record } from "./record.ts";
import { readSettings } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "haven-outcome-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function outcome(action: ToldAction, answer: Answer, word?: string) {
  const env = {
    OCF_RESOURCE_INSTANCE: "vm-web",
    OCF_RESKEY_CRM_meta_on_node: "node1",
    OCF_RESKEY_CRM_meta_migrate_source: action === "migrate_from" ? "node3" : "node1",
    OCF_RESKEY_CRM_meta_migrate_target: action === "migrate_from" ? "node1" : "node2",
  };
  const record = new Record("vm-web", folder);
  if (word !== undefined) record.note("stop", word);
  const event = outcomeEvent(action, { ...(await readSettings(action, env, 50)), record }, answer);
  if (event !== undefined) {
    expect(event).toMatchObject({ node: "node1", vm: "web", subject: "vm-web" });
    // How long it took, from the start of the agent's process on.
    expect(event.data).toMatchObject({ action });
    expect(event.data?.ms).toBeGreaterThanOrEqual(50);
  }
  return event === undefined ? undefined : `${event.kind}: ${event.text}`;
}

test("a stop of what did not run is no event", async () => {
  expect(await outcome("stop", done)).toBeUndefined();
});

const cases: readonly (readonly [ToldAction, Answer, string | undefined, string])[] = [
  ["start", done, undefined, "vm.started: web started on node1"],
  ["start", warned("late\nword"), undefined, "vm.started: web started on node1 (late word)"],
  ["start", failed("no disk"), undefined, "vm.failed: web on node1: start failed: no disk"],
  ["migrate_to", done, undefined, "vm.left: web left node1 for node2"],
  [
    "migrate_to",
    failed("no way"),
    undefined,
    "vm.migration-failed: web was not migrated from node1 to node2: no way",
  ],
  ["migrate_from", done, undefined, "vm.migrated: web migrated from node3 to node1"],
  ["migrate_from", failed("not here"), undefined, "vm.failed: web on node1: migrate_from failed: not here"],
  ["stop", done, "the guest has shut down", "vm.stopped: web stopped on node1: the guest has shut down"],
  [
    "stop",
    done,
    "forced: the guest had its time",
    "vm.stop-forced: web was stopped by force on node1: the guest had its time",
  ],
  ["stop", failed("doubt"), "forced: x", "vm.failed: web on node1: stop failed: doubt"],
];
test.each(cases)("%s %j %s", async (action, answer, word, wanted) => {
  expect(await outcome(action, answer, word)).toBe(wanted);
});

test("a word of an earlier stop is not this one's", async () => {
  await outcome("stop", done, "the guest has shut down");
  await Bun.sleep(400);
  expect(await outcome("stop", done)).toBeUndefined();
});

test("a domain that was destroyed while the stop began is stopped by force, one from before is not", async () => {
  const env = {
    OCF_RESOURCE_INSTANCE: "vm-web",
    OCF_RESKEY_xml: `<domain type="kvm"><name>web</name><uuid>${crypto.randomUUID()}</uuid></domain>`,
  };
  const settings = { ...(await readSettings("stop", env, 2000)), record: new Record("vm-other", folder) };
  const ended = (at: number): void => {
    const time = new Date(at).toISOString().replace("T", " ").replace("Z", "+0000");
    writeFileSync(join(folder, "web.log"), `${time}: shutting down, reason=destroyed\n`);
  };
  ended(Date.now() - 1000);
  expect(outcomeEvent("stop", settings, done, folder)).toMatchObject({ kind: "vm.stop-forced", vm: "web" });
  ended(Date.now() - 10_000);
  expect(outcomeEvent("stop", settings, done, folder)).toBeUndefined();
});
