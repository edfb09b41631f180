import { describe, expect, test } from "bun:test";
import type { Condition } from "./condition.ts";
import { type Copies, judgeCopies, type Verdict } from "./judge-copies.ts";

type There = Copies["there"];

const conditions: readonly Condition[] = [
  "running",
  "suspended",
  "pm-suspended",
  "io-error",
  "busy",
  "migrating",
  "starting",
  "ending",
  "crashed",
  "off",
];

function verdict(side: Copies["side"], here: Condition, there: There, handedOver = false): Verdict {
  return judgeCopies({ side, here, there, handedOver });
}

describe("at the destination", () => {
  test("a copy is resumed only by its own migration, never because the source has none", () => {
    for (const there of ["absent", "off"] as const) {
      expect(verdict("target", "suspended", there)).toBe("undecided");
      expect(verdict("target", "suspended", there, true)).toBe("take-over");
    }
  });

  test("it is given up only while the source certainly has the guest, and only when it never ran", () => {
    const allowed = ["running", "suspended", "io-error"];
    for (const here of conditions) {
      for (const there of [...conditions, "silent"] as const) {
        const expected = allowed.includes(there) && ["suspended", "migrating", "starting"].includes(here);
        if (there === "off") continue;
        expect(verdict("target", here, there)).toBe(expected ? "destroy-here" : "undecided");
      }
    }
  });
});

describe("at the source", () => {
  test("the destination's copy is destroyed only where it never ran", () => {
    for (const there of ["suspended", "migrating", "starting"] as const)
      expect(verdict("source", "running", there)).toBe("destroy-there");
    for (const there of ["running", "io-error", "busy", "ending", "crashed", "pm-suspended"] as const)
      expect(verdict("source", "running", there)).toBe("undecided");
  });

  test("a copy that stands still gives way to one that runs", () => {
    expect(verdict("source", "migrating", "running")).toBe("destroy-here");
    expect(verdict("source", "suspended", "running")).toBe("destroy-here");
    expect(verdict("source", "io-error", "running")).toBe("undecided");
  });

  test("it goes on when the destination says that it has none", () => {
    expect(verdict("source", "migrating", "absent")).toBe("take-over");
    expect(verdict("source", "migrating", "silent")).toBe("undecided");
    expect(verdict("source", "running", "silent")).toBe("runs-here");
    expect(verdict("source", "ending", "absent")).toBe("runs-here");
  });
});

test("a node that the mark does not name does nothing", () => {
  for (const here of conditions)
    for (const there of [...conditions, "absent", "silent"] as const)
      expect(verdict("neither", here, there, true)).toBe("undecided");
});
