import { HavenError } from "../base/errors.ts";
import type { Settings } from "../contract/settings.ts";
import { specIssues } from "../contract/spec-issues.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { oneLineJson } from "./one-line-json.ts";
import { writeShutdownPolicy } from "./shutdown-policy.ts";
import { fieldText } from "./spec-problem.ts";

/** The property set of Haven's own settings; beside those of `Settings` it holds what `cluster init` was told. */
export const settingsSet = "haven-settings";

const names = [
  ...(["zones", "storage", "classes", "failure-domains", "lost-capacity"] as const),
  ...(["on-node-shutdown", "defaults", "mail", "webhooks", "power", "starts"] as const),
] as const;

/**
 * The cluster's settings. They are checked as a person's: whoever can write the CIB may have done so by hand.
 *
 * @throws HavenError settings.invalid
 */
export async function settingsInCib(cib: Cib): Promise<Settings> {
  const properties = cib.properties(settingsSet);
  const value: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of names) {
    const text = properties.get(name);
    if (text === undefined) continue;
    try {
      value[name] = JSON.parse(text);
    } catch {
      problems.push(`${place}: ${name}: expected JSON, found ${JSON.stringify(text.slice(0, 60))}`);
    }
  }
  if (Object.keys(value).length === 0 && problems.length === 0) return {};
  const { settings } = await import("../contract/settings.ts");
  const result = settings.safeParse(value);
  if (problems.length === 0 && result.success) return result.data;
  if (!result.success) {
    for (const { path, expected } of specIssues(settings, result.error)) {
      problems.push(`${place}: ${fieldText(path) ?? "settings"}: expected ${expected}`);
    }
  }
  const hint = "They were changed by other means than Haven; to write them anew: haven settings apply FILE";
  throw new HavenError("settings.invalid", { problems, hint });
}

/** Whether a change that takes away the room for a node's loss is refused. It is only told unless the settings say so. */
export function refusesLostCapacity(cib: Cib): boolean {
  return cib.properties(settingsSet).get("lost-capacity") === oneLineJson("refuse");
}

const place = `property set ${settingsSet}`;

/**
 * Writes settings into a configuration, whole: what they do not have is taken out.
 *
 * @throws HavenError cib.value when a field is longer than Pacemaker takes
 */
export function writeSettings(editor: CibEditor, settings: Settings): void {
  const had = editor.cib.properties(settingsSet).has("on-node-shutdown");
  // Taken away it goes back to Pacemaker's own way; where Haven never said anything, what others have set stays.
  const policy = settings["on-node-shutdown"] ?? (had ? "migrate" : undefined);
  if (policy !== undefined) writeShutdownPolicy(editor, policy);
  const values = names.map((name) => {
    const value = settings[name];
    const isEmpty = value === undefined || Object.keys(value).length === 0;
    return [name, isEmpty ? undefined : oneLineJson(value)] as const;
  });
  editor.setProperties(Object.fromEntries(values), settingsSet);
}
