import { expect, test } from "bun:test";
import { sbdDefaults } from "./sbd-defaults.ts";

const settings = { watchdog: "/dev/watchdog", timeoutS: 5, devices: [], delayStartS: 18 };

test("SBD's settings replace Debian's, and keep what is not theirs", () => {
  const before = [
    "## comment",
    '#SBD_DEVICE=""',
    "SBD_PACEMAKER=yes",
    "SBD_STARTMODE=clean",
    "SBD_DELAY_START=no",
    "SBD_WATCHDOG_TIMEOUT=9",
    "SBD_OPTS=-v",
  ];
  const text = sbdDefaults(`${before.join("\n")}\n`, settings);
  expect(text.split("\n")).toEqual([
    "## comment",
    '#SBD_DEVICE=""',
    "SBD_PACEMAKER=yes",
    "SBD_STARTMODE=clean",
    "SBD_DELAY_START=18",
    "SBD_WATCHDOG_TIMEOUT=5",
    "SBD_OPTS=-v",
    'SBD_DEVICE=""',
    "SBD_WATCHDOG_DEV=/dev/watchdog",
    "",
  ]);
  expect(sbdDefaults(text, settings)).toBe(text);
});

test("several devices are one line", () => {
  const text = sbdDefaults("", { ...settings, devices: ["/dev/disk/by-id/a", "/dev/disk/by-id/b"] });
  expect(text).toContain('SBD_DEVICE="/dev/disk/by-id/a;/dev/disk/by-id/b"\n');
  expect(text).toContain("SBD_STARTMODE=always\n");
});
