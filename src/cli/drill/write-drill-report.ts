import { accessSync, constants, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { HavenError } from "../../base/errors.ts";
import type { DrillReport } from "../../contract/drill-report.ts";
import { drillHtml } from "./drill-html.ts";
import { drillMarkdown } from "./drill-markdown.ts";

/**
 * Writes a report into a folder, which is made where it is not there: drill-TIME.json, .md and .html.
 *
 * @returns their paths
 * @throws HavenError input.invalid for a folder that cannot be written to
 */
export function writeDrillReport(report: DrillReport, folder: string): readonly string[] {
  const name = `drill-${report.began.replace(/[-:]|\.\d+/g, "")}`;
  const files = {
    json: `${JSON.stringify(report, undefined, 2)}\n`,
    md: drillMarkdown(report),
    html: drillHtml(report),
  };
  checkDrillFolder(folder);
  return Object.entries(files).map(([kind, text]) => {
    const path = resolve(folder, `${name}.${kind}`);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return path;
  });
}

/** Makes a folder for reports, before anything is begun. @throws HavenError input.invalid */
export function checkDrillFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const where = "--output";
    throw new HavenError(
      "input.invalid",
      { where, found: folder, expected: "a folder that can be written to" },
      { cause },
    );
  }
}
