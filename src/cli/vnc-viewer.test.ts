import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vncViewer } from "./vnc-viewer.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-viewer-"));
afterAll(() => rmSync(dir, { recursive: true }));
const install = (name: string): void => writeFileSync(join(dir, name), "#!/bin/sh\n", { mode: 0o755 });

test("the viewer that is installed is started with the words it takes, where there is a display", () => {
  const env = { PATH: dir, DISPLAY: ":0" };
  expect(vncViewer(env)).toBeUndefined();
  install("gvncviewer");
  expect(vncViewer(env)?.(5903)).toEqual([join(dir, "gvncviewer"), "127.0.0.1:3"]);
  install("vncviewer");
  expect(vncViewer(env)?.(5903)).toEqual([join(dir, "vncviewer"), "127.0.0.1::5903"]);
  install("remote-viewer");
  expect(vncViewer({ PATH: dir, WAYLAND_DISPLAY: "wayland-0" })?.(40_001)).toEqual([
    join(dir, "remote-viewer"),
    "vnc://127.0.0.1:40001",
  ]);
  expect(vncViewer({ PATH: dir })).toBeUndefined();
  expect(vncViewer({ PATH: dir, DISPLAY: "" })).toBeUndefined();
});
