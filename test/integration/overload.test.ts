import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpus, freemem } from "node:os";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { agentCallMark, agentCallsSince } from "./harness/agent-calls.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import { scaled } from "./harness/scale.ts";
import type { TestLab } from "./harness/test-lab.ts";

const seconds = scaled(45, 300);

// Keeps a core busy, and all of its memory in use: each page is written again and again.
const hog = `
import sys, time
end = time.monotonic() + float(sys.argv[1])
block = bytearray(int(sys.argv[2]) * 1048576)
while time.monotonic() < end:
    for at in range(0, len(block), 4096):
        block[at] = (block[at] + 1) & 255
    for _ in range(100000): pass
`;

describeLab("an overloaded host", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
  }, 600_000);
  afterAll(async () => {
    await clusterQuiet(lab);
  }, 300_000);

  test(`j: cores and memory overloaded for ${seconds} s, and no monitor of a healthy VM fails`, async () => {
    const names = ["busy1", "busy2"];
    for (const name of names) await addVm(lab, { name });
    for (const name of names) await guestBooted(lab, name);
    const marks = names.map((name) => agentCallMark(lab, `vm-${name}`));
    const before = await Promise.all(names.map((name) => lab.whereIs(name)));
    // Four times as many as there are cores, and of the memory all but a tenth.
    const count = cpus().length * 4;
    const mebibytes = Math.floor((freemem() * 0.9) / count / 2 ** 20);
    const argv = ["python3", "-c", hog, String(seconds), String(mebibytes)];
    const hogs = Array.from({ length: count }, (_, index) => {
      const node = lab.names[index % lab.names.length] ?? "node1";
      return lab.run(node, argv, { timeoutMs: (seconds + 240) * 1000 });
    });
    await Promise.all(hogs);
    const status = await lab.status();
    expect(status.failures).toEqual([]);
    expect(status.fenceHistory).toEqual([]);
    expect(status.nodes.every((node) => node.online && !node.unclean)).toBe(true);
    expect(await Promise.all(names.map((name) => lab.whereIs(name)))).toEqual(before);
    for (const [index, name] of names.entries()) {
      expect(guestConsole(lab, name).boots).toHaveLength(1);
      const calls = agentCallsSince(lab, `vm-${name}`, marks[index] ?? new Map());
      expect(calls.filter(({ action, status: code }) => action !== "monitor" || code !== 0)).toEqual([]);
    }
    await removeVms(lab, ...names);
  }, 900_000);
});
