import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { startLimits } from "./start-limits.ts";
import { type StartSlotOptions, takeStartSlot } from "./start-slots.ts";

setDefaultTimeout(120_000);

const base = mkdtempSync(join(tmpdir(), "haven-start-"));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;
const place = (): string => join(base, String(count++));
const take = (folder: string, options: Partial<StartSlotOptions> = {}) =>
  takeStartSlot({ folder, atOnce: 1, priority: 1, waitMs: 20_000, ...options });

/** Has so many wait in the folder. */
async function waiting(folder: string, howMany: number): Promise<void> {
  while (readdirSync(folder).filter((name) => name.startsWith("wait-")).length < howMany)
    await systemClock.sleep(5);
}

describe("places to start", () => {
  test("there are so many, and one that is given back is the next one's", async () => {
    const folder = place();
    const [first, second] = [await take(folder, { atOnce: 2 }), await take(folder, { atOnce: 2 })];
    expect([first, second]).not.toContain(undefined);
    expect(await take(folder, { atOnce: 2, waitMs: 1 })).toBeUndefined();
    first?.release(0);
    expect(await take(folder, { atOnce: 2, waitMs: 1 })).toBeDefined();
    expect(readdirSync(folder).filter((name) => name.startsWith("wait-"))).toEqual([]);
  });

  test("of those that wait the one of the highest priority is next, then who came first", async () => {
    const folder = place();
    const first = await take(folder);
    const order: string[] = [];
    const start = async (name: string, priority: number): Promise<void> => {
      const slot = await take(folder, { priority });
      order.push(name);
      slot?.release(0);
    };
    const all: Promise<void>[] = [];
    for (const [i, [name, priority]] of (
      [
        ["low", 1],
        ["old", 5],
        ["high", 900],
        ["new", 5],
      ] as const
    ).entries()) {
      all.push(start(name, priority));
      await waiting(folder, i + 1);
      await systemClock.sleep(15);
    }
    first?.release(0);
    await Promise.all(all);
    expect(order).toEqual(["high", "old", "new", "low"]);
  });

  test("a place rests after a start for as long as was said", async () => {
    const folder = place();
    const first = await take(folder);
    const began = performance.now();
    first?.release(400);
    expect(await take(folder)).toBeDefined();
    expect(performance.now() - began).toBeGreaterThan(370);
  });

  test("who is killed while it has a place, or waits, is in nobody's way", async () => {
    const folder = place();
    const script = `const { takeStartSlot } = await import(${JSON.stringify(`${import.meta.dir}/start-slots.ts`)});
      const take = () => takeStartSlot({ folder: ${JSON.stringify(folder)}, atOnce: 1, priority: 9, waitMs: 60000 });
      await take(); console.log("taken"); await take();`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    await waiting(folder, 1);
    expect(await take(folder, { waitMs: 1 })).toBeUndefined();
    child.kill("SIGKILL");
    await child.exited;
    expect(await take(folder)).toBeDefined();
    expect(readdirSync(folder).filter((name) => name.startsWith("wait-"))).toEqual([]);
  });

  test("who is not wanted any more does not wait, and a pause beyond reason is none", async () => {
    const folder = place();
    const first = await take(folder);
    expect(await take(folder, { isWanted: () => false })).toBeUndefined();
    first?.release(0);
    writeFileSync(join(folder, "slot-0"), "1e300");
    expect(await take(folder, { waitMs: 1 })).toBeDefined();
  });
});

describe.skipIf(Bun.which("crm_attribute") === null)("what the settings say", () => {
  const limits = async (starts: string): Promise<unknown> => {
    const path = join(base, "cib.xml");
    const pair = starts === "" ? "" : `<nvpair id="s" name="starts" value="${Bun.escapeHTML(starts)}"/>`;
    writeFileSync(
      path,
      `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0"><configuration><crm_config><cluster_property_set id="haven-settings">${pair}</cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration><status/></cib>`,
    );
    return await startLimits({ CIB_file: path });
  };

  test("how many, and how long a place rests", async () => {
    expect(await limits('{"at-once":4,"pause":5}')).toEqual({ atOnce: 4, pauseMs: 5000 });
    expect(await limits('{"at-once":1}')).toEqual({ atOnce: 1, pauseMs: 0 });
  });

  test("nobody waits for what is not said, or not readable", async () => {
    for (const text of ["", "{}", '{"pause":5}', '{"at-once":0}', "nonsense"])
      expect(await limits(text)).toBeUndefined();
  });
});
