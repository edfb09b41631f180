import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drillReportExample } from "../../../test/support/drill-report-example.ts";
import { drillReport } from "../../contract/drill-report.ts";
import { readXml } from "../../xml/read.ts";
import { chartScale } from "./drill-charts.ts";
import { drillHtml } from "./drill-html.ts";
import { drillLines } from "./drill-lines.ts";
import { drillMarkdown } from "./drill-markdown.ts";
import { writeDrillReport } from "./write-drill-report.ts";

const report = drillReportExample();

describe("a drill's report", () => {
  test("its JSON is what the contract says", () => {
    expect(drillReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test("Markdown has every VM of every trial, and names in it are no markup", () => {
    const text = drillMarkdown(report);
    expect(text).toStartWith("# Drill of blades, 2026-11-28: failed\n");
    expect(text).toContain("| db1 | hv1 | hv2 | hv2 | 4.2 | 7.9 | as foreseen |");
    expect(text).toContain("| big | hv1 | nowhere | nowhere | – | – | no place, as foreseen |");
    expect(text).toContain("- big: hv2: it needs 8192 MiB of memory, and 4096 MiB would be free");
    expect(text).toContain("\\<script\\>");
    expect(text).not.toContain("<script>");
    expect(text.split("\n").filter((line) => /^## hv\d without power$/.test(line))).toHaveLength(2);
  });

  test("HTML runs nothing, asks for nothing, and its charts are well formed", () => {
    const text = drillHtml(report);
    expect(text).not.toMatch(/<script|<link|<img|url\(|@import|\bon\w+=|https?:/i);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain("prefers-color-scheme:dark");
    const charts = [...text.matchAll(/<svg.*?<\/svg>/gs)].map(([svg]) => readXml(svg, { source: "chart" }));
    expect(charts).toHaveLength(3);
    for (const chart of charts) {
      for (const shape of chart.walk()) {
        for (const name of ["x", "width", "x1", "x2"]) {
          const value = Number(shape.get(name) ?? 0);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(720);
        }
      }
    }
  });

  test("charts have one scale, with room for the limit", () => {
    expect(chartScale(report).longest).toBeGreaterThan(60);
    expect(chartScale({ trials: [], within: null }).longest).toBeGreaterThan(0);
    expect(drillHtml({ ...report, trials: [], within: null })).toContain("0 trials");
  });

  test("a terminal has a line for each VM, then the sum", () => {
    const lines = drillLines(report, false);
    expect(lines.at(-1)).toBe(
      "Drill failed: 2 trials, 4 VMs affected, 3 running afterwards, 1 without a place as foreseen, 1 failed; median 37.6 s, longest 71.0 s",
    );
  });

  test("three files are written, named after the drill's begin", () => {
    const folder = mkdtempSync(join(tmpdir(), "haven-drill-"));
    const files = writeDrillReport(report, join(folder, "new"));
    expect(files.map((path) => path.replace(/.*\//, ""))).toEqual(
      ["json", "md", "html"].map((kind) => `drill-20261128T231500Z.${kind}`),
    );
    expect(JSON.parse(readFileSync(files[0] ?? "", "utf8"))).toEqual(report);
    rmSync(folder, { recursive: true });
  });

  test("a folder that cannot be written to is told before anything is begun", () => {
    expect(() => writeDrillReport(report, "/proc/nothing")).toThrow("a folder that can be written to");
  });
});
