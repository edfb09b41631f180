import { expect, test } from "bun:test";
import { vmCannot } from "./vm-can.ts";

const running = {
  state: "running",
  wanted: "running",
  managed: true,
  maintenance: false,
  migratable: true,
  nodes: ["node1"],
} as const;

test.each([
  ["start", running, "runs already"],
  ["start", { ...running, state: "stopped", wanted: "stopped" }, undefined],
  ["start", { ...running, wanted: "stopped" }, undefined],
  ["start", { ...running, state: "failed", managed: false }, "is unmanaged: Pacemaker leaves it alone"],
  ["stop", running, undefined],
  ["stop", { ...running, state: "stopped", wanted: "stopped", nodes: [] }, "is stopped already"],
  ["stop", { ...running, state: "failed", nodes: [] }, undefined],
  ["force-stop", { ...running, state: "blocked" }, undefined],
  ["move", running, undefined],
  ["move", { ...running, state: "blocked" }, "cannot be moved: it is blocked, not running"],
  ["move", { ...running, migratable: false }, "cannot be moved live: migration is not allowed for it"],
  [
    "move",
    { ...running, maintenance: true, managed: false },
    "is left alone by Pacemaker: the cluster or its node is in maintenance mode",
  ],
  ["remove", { ...running, state: "migrating" }, "is migrating"],
  ["remove", { ...running, managed: false, state: "stopped" }, undefined],
  ["remove", { ...running, managed: false }, "is unmanaged: Pacemaker leaves it alone"],
  ["manage", running, "is managed already"],
  ["unmanage", { ...running, managed: false }, "is unmanaged already"],
  ["cleanup", running, undefined],
  ["rename", running, "cannot be renamed: it is running, not stopped"],
  ["rename", { ...running, state: "stopped" }, "cannot be renamed: it is to run, and may start at any time"],
  ["rename", { ...running, state: "stopped", wanted: "stopped" }, undefined],
  ["restart", { ...running, managed: false }, "is unmanaged: Pacemaker leaves it alone"],
  ["pause", { ...running, managed: false }, undefined],
  ["reset", { ...running, state: "migrating" }, "cannot be reset: it is migrating, not running"],
  ["console", running, undefined],
  ["console", { ...running, state: "blocked" }, undefined],
  ["console", { ...running, state: "starting", nodes: [] }, undefined],
  ["console", { ...running, state: "stopped", nodes: [] }, "has no console now: it is stopped, not running"],
  ["screen", { ...running, state: "migrating" }, undefined],
  ["send-key", { ...running, state: "failed", nodes: [] }, "cannot be sent keys: it is failed, not running"],
  ["monitor", { ...running, state: "unknown", nodes: [] }, "has no monitor now: it is unknown, not running"],
  ["resume", { ...running, state: "stopped" }, "cannot be resumed: it is stopped, not running"],
] as const)("%s: %j", (action, vm, reason) => {
  expect(vmCannot(action, vm)).toBe(reason);
});
