import type { Settings } from "../contract/settings.ts";
import { shortFields } from "./spec-yaml.ts";

/** Settings as a person would write them; nothing where there are none. */
export async function settingsYaml(settings: Settings): Promise<string> {
  const { zones = {}, storage, classes = {}, defaults, mail, webhooks } = settings;
  const short = {
    zones: mapped(zones, ({ ipv4, ...zone }) => ({ ...zone, ipv4: oneOrList(ipv4) })),
    storage,
    classes: mapped(classes, shortFields),
    defaults: defaults === undefined ? undefined : shortFields(defaults),
    mail: mail === undefined ? undefined : { ...mail, to: oneOrList(mail.to), on: oneOrList(mail.on) },
    webhooks: webhooks?.map(({ on, ...webhook }) => ({ ...webhook, on: oneOrList(on) })),
  };
  const set = Object.entries(short).filter(
    ([, value]) => value !== undefined && Object.keys(value).length > 0,
  );
  if (set.length === 0) return "";
  const { stringify } = await import("yaml");
  return stringify(Object.fromEntries(set), { lineWidth: 110 });
}

function mapped<T>(values: Readonly<Record<string, T>>, short: (value: T) => object): Record<string, object> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, short(value)]));
}

function oneOrList<T>(values: readonly T[] | undefined): T | readonly T[] | undefined {
  return values?.length === 1 ? values[0] : values;
}
