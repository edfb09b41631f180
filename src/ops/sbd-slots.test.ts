import { expect, test } from "bun:test";
import type { NodeAccess } from "../host/node-access.ts";
import { allocateSbdSlots } from "./sbd-slots.ts";

const device = "/dev/disk/by-id/x";

test("nodes get their slots one after the other, and those that have one keep it", async () => {
  const slots = ["other", "node2"];
  let running = 0;
  const access: NodeAccess = {
    name: "node1",
    readFile: () => Promise.resolve(undefined),
    writeFile: () => Promise.reject(new Error("nothing may be written")),
    async exec([program, d, path, verb, name = ""]) {
      expect([program, d, path]).toEqual(["sbd", "-d", device]);
      running += 1;
      await Bun.sleep(1);
      expect(running).toBe(1);
      running -= 1;
      if (verb === "allocate") slots.push(name);
      const stdout = slots.map((slot, index) => `${index}\t${slot}\tclear\t\n`).join("");
      return { code: 0, signal: null, stdout: verb === "list" ? stdout : "", stderr: "" };
    },
  };
  const names = ["Node1", "node2", "node3"];
  expect(await allocateSbdSlots(access, device, names)).toEqual(["Node1", "node3"]);
  expect(slots).toEqual(["other", "node2", "node1", "node3"]);
  expect(await allocateSbdSlots(access, device, names)).toEqual([]);
});
