import { expect, test } from "bun:test";
import { Slots } from "./slots.ts";

test("so many run at once, so many wait, and who ends hands on a place", async () => {
  const slots = new Slots(2, 1, () => new Error("full"));
  let [running, most] = [0, 0];
  const gates: (() => void)[] = [];
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((open) => gates.push(open));
    running -= 1;
  };
  const first = [slots.run(work), slots.run(work), slots.run(work)];
  await expect(slots.run(work)).rejects.toThrow("full");
  gates.shift()?.();
  await first[0];
  await Bun.sleep(0);
  expect([running, most]).toEqual([2, 2]);
  // One that fails leaves its place, too.
  const failing = slots.run(() => Promise.reject(new Error("failed")));
  for (const open of gates.splice(0)) open();
  await expect(failing).rejects.toThrow("failed");
  await Promise.all(first);
  const last = slots.run(work);
  await Bun.sleep(0);
  gates.shift()?.();
  await last;
  expect(most).toBe(2);
});
