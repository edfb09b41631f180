import { expect, test } from "bun:test";
import { HavenError } from "../base/errors.ts";
import type { TokenWorth } from "./token-check.ts";
import { WhileAllowed } from "./while-allowed.ts";

const valid: TokenWorth = { kind: "valid", name: "a", role: "viewer" };

test("one that is slow to tell holds nobody else up, and is not asked again meanwhile", async () => {
  const open = new WhileAllowed<string>({ monotonic: () => 0 });
  const slow = Promise.withResolvers<TokenWorth>();
  const ended: string[] = [];
  let asked = 0;
  open.add("slow", {
    look: () => {
      asked++;
      return slow.promise;
    },
    allows: () => true,
    end: () => ended.push("slow"),
  });
  open.add("gone", {
    look: () => Promise.resolve({ kind: "unknown" }),
    allows: () => true,
    end: () => ended.push("gone"),
  });
  const first = open.look();
  await Bun.sleep(0);
  expect(ended).toEqual(["gone"]);
  await open.look();
  expect(asked).toBe(1);
  slow.resolve({ kind: "unknown" });
  await first;
  expect(ended).toContain("slow");
});

test("a role that allows it no more ends it; what cannot be known does after a minute; what has left is not looked at", async () => {
  let now = 0;
  const open = new WhileAllowed<number>({ monotonic: () => now });
  const ended: string[] = [];
  open.add(1, {
    look: () => Promise.resolve(valid),
    allows: (role) => role === "admin",
    end: () => ended.push("role"),
  });
  open.add(2, {
    look: () => Promise.reject(new HavenError("pacemaker.down")),
    allows: () => true,
    end: () => ended.push("unsure"),
  });
  open.add(3, {
    look: () => Promise.resolve({ kind: "unknown" }),
    allows: () => true,
    end: () => ended.push("left"),
  });
  open.delete(3);
  expect(open.size).toBe(2);
  now = 60_000;
  await open.look();
  expect(ended).toEqual(["role"]);
  now = 60_001;
  await open.look();
  expect(ended).toEqual(["role", "role", "unsure"]);
});
