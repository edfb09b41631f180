import { existsSync, readdirSync } from "node:fs";
import { judge } from "../../../src/lab/judge.ts";
import type { TestLab } from "./test-lab.ts";

/** What the error begins with, for who reads the output of tests. */
export const twoWritersText = "Two copies wrote to a disk";

/**
 * Has the judge look at the disks of these VMs, or of all in the shared storage, and throws when ever two copies of
 * a VM wrote.
 */
export function expectOneWriter(lab: TestLab, ...names: readonly string[]): void {
  const directory = `${lab.lab.settings.dir}/shared/images`;
  const files = names.length > 0 ? names.map((name) => `${name}.img`) : readdirSync(directory);
  const found: string[] = [];
  for (const file of files) {
    if (!file.endsWith(".img") || !existsSync(`${directory}/${file}`)) continue;
    found.push(...judge(`${directory}/${file}`).violations.map((violation) => `${file}: ${violation}`));
  }
  if (found.length > 0) throw new Error(`${twoWritersText}:\n${found.join("\n")}`);
}
