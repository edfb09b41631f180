import { expect, test } from "bun:test";
import { localNode } from "../../host/local-node.ts";
import { clockHealth, synchronisedHealth } from "./clock-health.ts";

const asked = (theirs: number, took = 100) =>
  clockHealth({ name: "node2", theirs, began: 100_000, ended: 100_000 + took });

test("clocks that agree, that differ, and what the asking itself took", () => {
  expect(asked(100_050)).toMatchObject({ id: "peer.clock", subject: "node2", severity: "ok" });
  expect(asked(103_000)).toMatchObject({
    severity: "warning",
    text: "its clock is 2.9 s ahead of the clock here",
  });
  expect(asked(97_000)).toMatchObject({ severity: "warning", text: expect.stringContaining("behind") });
  expect(asked(200_000)).toMatchObject({ severity: "error" });
  expect(asked(103_000, 6000)).toMatchObject({ severity: "ok" });
});

test("whether a time server keeps it right", async () => {
  const said = async (outputs: Readonly<Record<string, string>>) =>
    await synchronisedHealth(
      {
        ...localNode(),
        exec: ([program = ""]) => {
          const stdout = outputs[program];
          return Promise.resolve({
            code: stdout === undefined ? 1 : 0,
            signal: null,
            stdout: stdout ?? "",
            stderr: "",
          });
        },
      },
      new AbortController().signal,
    );
  expect(await said({ timedatectl: "yes\n" })).toMatchObject([{ severity: "ok" }]);
  expect(await said({ timedatectl: "no\n" })).toMatchObject([
    { severity: "warning", next: expect.stringContaining("set-ntp") },
  ]);
  expect(await said({ timedatectl: "no\n", chronyc: "Leap status     : Normal\n" })).toMatchObject([
    { severity: "ok" },
  ]);
  expect(await said({ chronyc: "Leap status     : Not synchronised\n" })).toMatchObject([
    { severity: "warning" },
  ]);
  expect(await said({})).toEqual([]);
});
