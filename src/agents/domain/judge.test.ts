import { describe, expect, test } from "bun:test";
import { ocf } from "../ocf.ts";
import type { FoundProcess } from "../process-evidence.ts";
import type { Condition } from "./condition.ts";
import { type Absence, judgeAbsence, judgeActive, judgeUnreadable } from "./judge.ts";

const running: FoundProcess = {
  pid: 42,
  startTime: "1",
  program: "qemu-system-x86_64",
  state: "S",
  by: "uuid",
  uuid: "u",
  incoming: false,
};
const nothing = { found: [], doubts: [] };

function absence(change: Partial<Absence>): Absence {
  return {
    libvirt: "absent",
    why: undefined,
    processes: nothing,
    mayStillCreate: false,
    stranger: undefined,
    arriving: false,
    probe: false,
    ...change,
  };
}

describe("libvirt shows no active domain", () => {
  for (const probe of [false, true]) {
    for (const libvirt of ["absent", "off", "silent"] as const) {
      const of = (change: Partial<Absence>): number =>
        judgeAbsence(absence({ probe, libvirt, ...change })).code;
      const name = `${libvirt}, ${probe ? "probe" : "monitor"}`;

      test(`${name}: no process, nothing pending: not running`, () => expect(of({})).toBe(ocf.notRunning));
      test(`${name}: a process of the UUID: it runs, with a warning`, () => {
        const answer = judgeAbsence(absence({ probe, libvirt, processes: { found: [running], doubts: [] } }));
        expect(answer).toMatchObject({ code: ocf.success, warning: true });
      });
      test(`${name}: a zombie or one that hangs exists`, () => {
        for (const state of ["D", "Z"]) {
          expect(of({ processes: { found: [{ ...running, state }], doubts: [] } })).toBe(ocf.success);
        }
      });
      test(`${name}: a process that only has the name is not ours`, () => {
        const other: FoundProcess = { ...running, by: "name", uuid: "other" };
        expect(of({ processes: { found: [other], doubts: [] } })).toBe(ocf.notRunning);
      });
      test(`${name}: a process table that hides something: cannot know`, () =>
        expect(of({ processes: { found: [], doubts: ["hidden"] } })).toBe(ocf.generic));
      test(`${name}: a process counts more than a doubt`, () =>
        expect(of({ processes: { found: [running], doubts: ["hidden"] } })).toBe(ocf.success));
      test(`${name}: a start that may still be carried out: cannot know`, () =>
        expect(of({ mayStillCreate: true })).toBe(ocf.generic));
      test(`${name}: a stranger that writes to our disks`, () =>
        expect(of({ stranger: "another domain" })).toBe(ocf.generic));
      test(`${name}: a process that waits for a migration is not known to run when a probe asks`, () => {
        const found = [{ ...running, incoming: true }];
        const expected = probe ? ocf.generic : ocf.success;
        expect(of({ arriving: true, processes: { found, doubts: [] } })).toBe(expected);
      });
    }
  }
});

describe("an active domain", () => {
  const wait = { ioError: "wait", suspended: "wait" } as const;
  const table: readonly [Exclude<Condition, "off">, string, number][] = [
    ["running", "scripts", ocf.success],
    ["busy", "answer", ocf.success],
    ["suspended", "answer", ocf.success],
    ["pm-suspended", "answer", ocf.success],
    ["io-error", "answer", ocf.success],
    ["migrating", "arrival", ocf.generic],
    ["starting", "look-again", ocf.success],
    ["ending", "look-again", ocf.generic],
    ["crashed", "answer", ocf.generic],
  ];
  for (const [condition, next, code] of table) {
    test(`${condition}: ${next}, ${code}`, () => {
      const judgement = judgeActive(condition, wait);
      expect([judgement.next, judgement.answer.code]).toEqual([next as typeof judgement.next, code as 0]);
    });
  }

  test("nothing that stands still is silently healthy", () => {
    for (const condition of ["busy", "suspended", "pm-suspended", "io-error", "starting"] as const) {
      expect(judgeActive(condition, wait).answer.warning).toBe(true);
    }
  });

  test("policies are of their own conditions", () => {
    expect(judgeActive("io-error", { ioError: "fail", suspended: "wait" }).answer.code).toBe(ocf.generic);
    expect(judgeActive("suspended", { ioError: "fail", suspended: "wait" }).answer.code).toBe(ocf.success);
    expect(judgeActive("suspended", { ioError: "wait", suspended: "resume" }).next).toBe("resume");
    expect(judgeActive("pm-suspended", { ioError: "wait", suspended: "fail" }).answer.code).toBe(ocf.generic);
    expect(judgeActive("running", { ioError: "fail", suspended: "fail" }).answer.code).toBe(ocf.success);
  });
});

describe("a configuration that cannot be read", () => {
  const answers = [
    undefined,
    { code: ocf.notRunning },
    { code: ocf.generic },
    { code: ocf.success },
  ] as const;
  test("is never 'not running' to a probe", () => {
    for (const found of answers) expect(judgeUnreadable("broken", true, found).code).not.toBe(ocf.notRunning);
  });
  test("stops nothing: a probe that found nothing says 'not installed'", () => {
    expect(judgeUnreadable("broken", true, undefined).code).toBe(ocf.installed);
    expect(judgeUnreadable("broken", true, { code: ocf.notRunning }).code).toBe(ocf.installed);
  });
  test("runs when it was found", () =>
    expect(judgeUnreadable("broken", true, { code: 0 }).code).toBe(ocf.success));
  test("a monitor of a domain that this node remembers may say that it is gone", () =>
    expect(judgeUnreadable("broken", false, { code: ocf.notRunning }).code).toBe(ocf.notRunning));
});
