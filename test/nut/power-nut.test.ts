import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isHavenError } from "../../src/base/errors.ts";
import { askUps } from "../../src/host/ask-ups.ts";
import { powerDue } from "../../src/ops/power-due.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { powerStateIn } from "../../src/vm/power-in-cib.ts";
import { vmsInCib } from "../../src/vm/vms-in-cib.ts";
import { fileEnvironment } from "../support/file-environment.ts";
import { NutWorld, nutPrograms } from "./nut-world.ts";

setDefaultTimeout(300_000);

const dir = mkdtempSync(join(tmpdir(), "haven-power-nut-"));
const file = join(dir, "cib.xml");
afterAll(() => rmSync(dir, { recursive: true }));

const missing =
  process.getuid?.() !== 0 || Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null
    ? "needs root and Pacemaker's tools"
    : undefined;
const programs = missing ?? (await nutPrograms(dir));
if (typeof programs === "string") console.warn(`Without NUT: ${programs}`);

const power = { steps: [{ after: 1, below: 5 }], "restore-after": 1 };
const stoppedByHand = '<nvpair id="old-t" name="target-role" value="Stopped"/>';
const vm = (name: string, priority: number, meta = ""): string =>
  `<primitive id="vm-${name}" class="ocf" provider="haven" type="Domain"><meta_attributes id="vm-${name}-meta_attributes"><nvpair id="${name}-p" name="priority" value="${priority}"/>${meta}</meta_attributes></primitive>`;

function write(ups: string): void {
  const settings = Bun.escapeHTML(JSON.stringify({ ups: [ups], ...power }));
  writeFileSync(
    file,
    '<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0" have-quorum="1"><configuration><crm_config>' +
      '<cluster_property_set id="cib-bootstrap-options"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set>' +
      `<cluster_property_set id="haven-settings"><nvpair id="s1" name="power" value="${settings}"/></cluster_property_set></crm_config>` +
      `<nodes><node id="1" uname="node1"/></nodes><resources>${vm("test", 1)}${vm("old", 1, stoppedByHand)}${vm("shop", 9)}</resources><constraints/></configuration><status/></cib>`,
  );
}

const read = (): Cib => Cib.parse(readFileSync(file, "utf8"));
const stopped = (): readonly string[] =>
  vmsInCib(read()).flatMap(({ name, targetRole }) => (targetRole === "Stopped" ? [name] : []));

/** What is due may as well be done by the event's own call. */
async function dueUntilStopped(...names: readonly string[]): Promise<void> {
  await until(`${names.join(", ")} to be stopped, and no other`, async () => {
    await powerDue(fileEnvironment(file));
    return stopped().join() === names.join();
  });
}

/** Tools write the file anew: for a moment it may not be whole. */
async function until(what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const is = await Promise.resolve()
      .then(probe)
      .catch(() => false);
    if (is) return;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await Bun.sleep(200);
  }
}

describe.skipIf(typeof programs === "string")("NUT's dummy-ups, upsd, upsmon and upssched", () => {
  let nut: NutWorld;
  beforeAll(async () => {
    if (typeof programs === "string") return;
    nut = new NutWorld(programs, 40_000 + (process.pid % 20_000));
    write(nut.ups);
    nut.say("OL");
    // What docs/power.md has there is `/usr/bin/haven power event`.
    nut.start(`${process.execPath} ${resolve("src/main.ts")} power event`, { CIB_file: file });
    const isOn = async (): Promise<boolean> => {
      try {
        return (await askUps(nut.ups)).includes("OL");
      } catch (error) {
        if (isHavenError(error, "ups.unreachable")) return false;
        throw error;
      }
    };
    await until("upsd to know the UPS", isOn);
    // upsmon takes the first state that it sees for the usual one.
    await Bun.sleep(3000);
  });
  afterAll(async () => {
    await nut?.end();
  });

  test("the UPS goes on battery: VMs below the priority are shut down, the others run on", async () => {
    nut.say("OB");
    await until("the cluster to remember it", () => {
      const state = powerStateIn(read());
      return state !== "broken" && nut.ups in state.ups;
    });
    expect(await askUps(nut.ups)).toContain("OB");
    await dueUntilStopped("test", "old");
  });

  test("it is on line again: they start, and what was stopped by hand stays stopped", async () => {
    nut.say("OL");
    await until("the cluster to remember it", () => {
      const state = powerStateIn(read());
      return state !== "broken" && !(nut.ups in state.ups);
    });
    expect(await askUps(nut.ups)).toEqual(["OL"]);
    await dueUntilStopped("old");
    expect(powerStateIn(read())).toEqual({ ups: {} });
  });
});
