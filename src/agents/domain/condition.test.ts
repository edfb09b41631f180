import { expect, test } from "bun:test";
import { domainState, pausedReason } from "../../libvirt/constants.ts";
import { conditionOf } from "./condition.ts";

test("every state and reason of libvirt has a meaning", () => {
  const states = Object.entries(domainState).map(([name, state]) => [name, conditionOf(state, 1)]);
  expect(Object.fromEntries(states)).toEqual({
    noState: "starting",
    running: "running",
    blocked: "running",
    paused: "suspended",
    shutdown: "ending",
    shutoff: "off",
    crashed: "crashed",
    pmSuspended: "pm-suspended",
  });
  const reasons = Object.entries(pausedReason).map(([name, r]) => [name, conditionOf(domainState.paused, r)]);
  expect(Object.fromEntries(reasons)).toEqual({
    unknown: "suspended",
    user: "suspended",
    migration: "migrating",
    save: "busy",
    dump: "busy",
    ioError: "io-error",
    watchdog: "suspended",
    fromSnapshot: "suspended",
    shuttingDown: "ending",
    snapshot: "busy",
    crashed: "crashed",
    startingUp: "starting",
    postcopy: "migrating",
    postcopyFailed: "migrating",
    apiError: "suspended",
  });
});

test("what a later libvirt adds is not taken for running, nor for stopped", () => {
  expect(conditionOf(99, 0)).toBe("starting");
  expect(conditionOf(domainState.paused, 99)).toBe("suspended");
});
