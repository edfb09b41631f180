import type { Settings } from "../contract/settings.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { settingsYaml } from "../vm/settings-yaml.ts";
import type { Environment } from "./environment.ts";

export interface ShownSettings {
  readonly settings: Settings;
  /** Empty where there are none. */
  readonly yaml: string;
}

/** The cluster's settings. @throws HavenError settings.invalid when they cannot be read */
export async function settingsShow(environment: Environment): Promise<ShownSettings> {
  const { pacemaker, signal } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const settings = await settingsInCib(cib);
  return { settings, yaml: await settingsYaml(settings) };
}
