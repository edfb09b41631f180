import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ocf } from "../ocf.ts";
import { afterGuestShutdown } from "./guest-shutdown.ts";
import type { Identity } from "./identity.ts";
import { Record } from "./record.ts";
import { readSettings } from "./settings.ts";

const identity: Identity = {
  uuid: "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
  name: "web",
  type: "kvm",
  emulator: undefined,
};
const gone = { code: ocf.notRunning } as const;
const started = Date.UTC(2026, 10, 27, 15, 0, 0);

describe.skipIf(Bun.which("crm_resource") === null)("a guest that has powered itself off", () => {
  let folder = "";
  let cib = "";
  let record: Record;
  let tidied = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haven-shutdown-"));
    cib = join(folder, "cib.xml");
    process.env.CIB_file = cib;
    tidied = 0;
    writeFileSync(
      cib,
      `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes/><resources>
       <primitive id="vm-web" class="ocf" provider="haven" type="Domain"/></resources><constraints/></configuration><status/></cib>`,
    );
    record = new Record("vm-web", folder);
    record.keep(identity);
    utimesSync(record.file, started / 1000, started / 1000);
  });
  afterEach(() => {
    delete process.env.CIB_file;
    rmSync(folder, { recursive: true });
  });

  const log = (time: string, reason = "shutdown"): void =>
    writeFileSync(join(folder, "web.log"), `2026-11-27 ${time}.000+0000: shutting down, reason=${reason}\n`);
  const decide = async (instance = "vm-web") => {
    const settings = { ...(await readSettings("monitor", {}, 0)), instance, record };
    const tidyUp = (): void => {
      tidied += 1;
    };
    return await afterGuestShutdown(settings, identity, gone, { logFolder: folder, tidyUp });
  };
  const isTold = (): boolean => /name="target-role" value="Stopped"/.test(readFileSync(cib, "utf8"));

  test("the cluster is told to leave it stopped, and then that it is gone", async () => {
    log("15:10:00");
    expect(await decide()).toMatchObject({
      code: ocf.notRunning,
      reason: expect.stringContaining("stays down"),
    });
    expect(isTold()).toBe(true);
    expect(tidied).toBe(1);
    expect(record.lastNote("monitor", 60_000)).toContain("powered off");
    expect(record.lastNote("stop", 60_000)).toBeUndefined();
  }, 60_000);

  test("without certain evidence it is started again", async () => {
    const doubts: readonly (() => void)[] = [
      () => log("15:10:00", "crashed"),
      // In the run before this one.
      () => log("14:59:59"),
      () => rmSync(join(folder, "web.log")),
      () => {
        log("15:10:00");
        record.keep({ ...identity, uuid: "11111111-2222-4333-8444-555555555555" });
      },
      () => record.forget(),
    ];
    for (const doubt of doubts) {
      log("15:10:00", "crashed");
      doubt();
      expect(await decide()).toEqual(gone);
    }
    expect(isTold()).toBe(false);
    expect(tidied).toBe(0);
  }, 60_000);

  test("so it is when the cluster cannot be told", async () => {
    log("15:10:00");
    expect(await decide("vm-other")).toMatchObject({
      code: ocf.notRunning,
      reason: expect.stringContaining("cannot be told"),
    });
    expect(isTold()).toBe(false);
    expect(tidied).toBe(0);
  }, 60_000);
});
