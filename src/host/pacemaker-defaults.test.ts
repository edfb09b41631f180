import { expect, test } from "bun:test";
import { ipcBufferBytes, pacemakerDefaults } from "./pacemaker-defaults.ts";

test("messages have room for the cluster that is expected", () => {
  expect(ipcBufferBytes(10, 3)).toBe(1024 * 1024);
  expect(ipcBufferBytes(400, 24)).toBeGreaterThanOrEqual(2 * 4.8e6);
  expect(ipcBufferBytes(4000, 32)).toBeLessThanOrEqual(512 * 1024 * 1024);
});

test("the setting is added, raised, never lowered", () => {
  const text = "# PCMK_ipc_buffer=131072\nPCMK_logfile=/x\n";
  expect(pacemakerDefaults(text, 100)).toBe(`${text}PCMK_ipc_buffer=100\n`);
  expect(pacemakerDefaults("PCMK_ipc_buffer=50\n", 100)).toBe("PCMK_ipc_buffer=100\n");
  expect(pacemakerDefaults("PCMK_ipc_buffer='200'\n", 100)).toBe("PCMK_ipc_buffer=200\n");
});
