import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import type { LeftEvent } from "../base/leave-event.ts";
import { silentLog } from "../base/log.ts";
import type { Environment } from "../ops/environment.ts";
import { powerEvent } from "../ops/power-event.ts";
import { Cib } from "../pacemaker/cib.ts";
import { powerStateIn } from "../vm/power-in-cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { PowerWatch } from "./power-watch.ts";

// Each change runs Pacemaker's scheduler.
setDefaultTimeout(180_000);

const dir = mkdtempSync(join(tmpdir(), "haven-power-watch-"));
const file = join(dir, "cib.xml");
afterAll(() => rmSync(dir, { recursive: true }));

const power = { ups: ["ups1@nut"], steps: [{ after: 120, below: 5 }], "restore-after": 60 };
const vm = (name: string, meta: string): string =>
  `<primitive id="vm-${name}" class="ocf" provider="haven" type="Domain"><meta_attributes id="vm-${name}-meta_attributes">${meta}</meta_attributes></primitive>`;
const meta = (name: string, value: string, at: string): string =>
  `<nvpair id="${at}-${name}" name="${name}" value="${value}"/>`;

function write(more = ""): void {
  writeFileSync(
    file,
    '<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0" have-quorum="1"><configuration><crm_config>' +
      '<cluster_property_set id="cib-bootstrap-options"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set>' +
      `<cluster_property_set id="haven-settings"><nvpair id="s1" name="power" value="${Bun.escapeHTML(JSON.stringify(power))}"/></cluster_property_set></crm_config>` +
      `<nodes><node id="1" uname="node1"/></nodes><resources>${vm("web", meta("priority", "1", "web"))}${more}</resources><constraints/></configuration><status/></cib>`,
  );
}

const read = (): Cib => Cib.parse(readFileSync(file, "utf8"));
const stopped = (): readonly string[] =>
  vmsInCib(read()).flatMap(({ name, targetRole }) => (targetRole === "Stopped" ? [name] : []));

/** A watch of a node whose time is set by hand, in seconds. */
function watchOn(
  node: string,
  ask: () => Promise<readonly string[]> = () => Promise.reject(new Error("no")),
) {
  let now = 0;
  const events: Omit<LeftEvent, "node">[] = [];
  const clock = {
    now: () => 1_800_000_000_000 + now * 1000,
    monotonic: () => now * 1000,
    sleep: () => Promise.resolve(),
  };
  const environment: Environment = { ...fileEnvironment(file), clock };
  const watch = new PowerWatch({
    ...{ node, clock, environment, log: silentLog, signal: environment.signal },
    pacemaker: environment.pacemaker,
    coordinator: () => Promise.resolve("node1"),
    askUps: ask,
    events: { record: (event) => events.push(event) },
  });
  const at = async (seconds: number): Promise<void> => {
    now = seconds;
    watch.changed();
    await watch.look();
  };
  return { environment, events, at };
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("on a CIB file", () => {
  beforeEach(() => write());

  test("what is due is done by the coordinator's daemon, by another one where it is not", async () => {
    const [first, second] = [watchOn("node1"), watchOn("node2")];
    await powerEvent(first.environment, { event: "onbatt" });
    await first.at(119);
    await second.at(121);
    await second.at(130);
    expect(stopped()).toEqual([]);
    await second.at(137);
    expect(stopped()).toEqual(["web"]);
    write();
    await powerEvent(
      { ...first.environment, clock: { ...first.environment.clock, now: () => 1_800_000_000_000 } },
      { event: "onbatt" },
    );
    await first.at(125);
    expect(stopped()).toEqual(["web"]);
    expect([first.events, second.events]).toEqual([[], []]);
  });

  test("a UPS whose return nobody has told of is asked, and no silence is taken for it", async () => {
    let words: readonly string[] | undefined = ["OL"];
    const { environment, at } = watchOn("node1", () =>
      words === undefined ? Promise.reject(new Error("no route")) : Promise.resolve(words),
    );
    await powerEvent(environment, { event: "onbatt" });
    await at(30);
    expect(powerStateIn(read())).toMatchObject({ ups: { "ups1@nut": {} } });
    words = undefined;
    await at(125);
    expect(stopped()).toEqual(["web"]);
    for (const [second, said] of [
      [145, ["OB"]],
      [165, []],
      [185, ["OL", "OB"]],
    ] as const) {
      words = said;
      await at(second);
    }
    expect(powerStateIn(read())).toMatchObject({ ups: { "ups1@nut": {} }, done: 120 });
    words = ["OL", "CHRG"];
    await at(205);
    expect(powerStateIn(read())).toMatchObject({ ups: {}, done: 120 });
    await at(264);
    expect(stopped()).toEqual(["web"]);
    await at(266);
    expect(stopped()).toEqual([]);
    expect(powerStateIn(read())).toEqual({ ups: {} });
  });

  test("what cannot be done is told once, and done when it can", async () => {
    const { environment, events, at } = watchOn("node1");
    await powerEvent(environment, { event: "onbatt" });
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace('have-quorum="1"', 'have-quorum="0"'));
    await at(125);
    await at(127);
    await at(140);
    expect(events.map(({ kind, text }) => [kind, text])).toEqual([
      ["power.failed", expect.stringContaining("Nothing was changed")],
    ]);
    writeFileSync(file, whole);
    await at(151);
    expect(stopped()).toEqual(["web"]);
  });

  test("a VM that was started by other means than Haven is not one that waits any more", async () => {
    const marks = (at: string): string => meta("haven-shed", "ups", at);
    write(vm("gone", marks("gone")) + vm("down", marks("down") + meta("target-role", "Stopped", "down")));
    await watchOn("node1").at(1);
    expect(vmsInCib(read()).map(({ name, shed }) => [name, shed])).toEqual([
      ["web", undefined],
      ["gone", undefined],
      ["down", "ups"],
    ]);
  });
});
