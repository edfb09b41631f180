import { builtInClasses } from "../contract/built-in-classes.ts";
import type { Settings } from "../contract/settings.ts";
import type { SpecDefaults } from "../contract/vm-spec.ts";
import { vmDefaults } from "./defaults.ts";
import { type Inheriting, inherit } from "./inherit.ts";

/** The defaults of a class, with those of all VMs below; undefined for a class that is not known. */
export function defaultsFor(settings: Settings, name: string | undefined): SpecDefaults | undefined {
  const { defaults = {}, classes = {} } = settings;
  if (name === undefined) return defaults;
  const found = [classes, builtInClasses].find((known) => Object.hasOwn(known, name))?.[name];
  return found === undefined ? undefined : inherit(found, defaults).value;
}

/** The names of all classes: those of the settings first. */
export function classNames({ classes = {} }: Settings): readonly string[] {
  return [...new Set([...Object.keys(classes), ...Object.keys(builtInClasses)])];
}

/** Gives a specification the values of defaults; these may say what processors there are, and leave out how many. */
export function inheritDefaults(
  own: Readonly<Record<string, unknown>>,
  defaults: SpecDefaults,
): Inheriting<Readonly<Record<string, unknown>>> {
  const { value, inherited } = inherit(own, defaults);
  const { cpu } = value;
  if (typeof cpu !== "object" || cpu === null || "count" in cpu) return { value, inherited };
  const count = vmDefaults.cpuCount;
  return { value: { ...value, cpu: { ...cpu, count } }, inherited: [...inherited, "cpu/count"] };
}

/** What was chosen for a VM beside values that it inherited is no more its own than these. */
export function chosenBeside(
  inherited: readonly string[],
  own: {
    readonly cpu?: object | undefined;
    readonly firmware?: object | undefined;
    readonly tpm?: object | undefined;
  },
): readonly string[] {
  const pairs = [
    ["cpu", "model", "baseline"],
    ["firmware", "type", "nvram"],
    ["tpm", "enabled", "state"],
  ] as const;
  return pairs.flatMap(([field, given, chosen]) =>
    inherited.includes(`${field}/${given}`) && !(chosen in (own[field] ?? {})) ? [`${field}/${chosen}`] : [],
  );
}
