import { ocf } from "../ocf.ts";
import { monitorKnown } from "./monitor.ts";
import { formerSettings, type Settings } from "./settings.ts";

/**
 * The settings of the domain that runs here, or may: those of the UUID that it was started with, until that is
 * certainly gone; else the same that were given.
 */
export async function runningAs(settings: Settings): Promise<Settings> {
  const before = formerSettings(settings);
  if (before === undefined) return settings;
  const answer = await monitorKnown(before.settings, before.identity);
  return answer.code === ocf.notRunning ? settings : before.settings;
}
