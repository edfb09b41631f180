import { isDeepStrictEqual } from "node:util";
import { HavenError, isHavenError } from "../base/errors.ts";
import type { Settings } from "../contract/settings.ts";
import { type SpecChange, specChangeText } from "../contract/spec-change.ts";
import { Cib } from "../pacemaker/cib.ts";
import { readSettings } from "../vm/read-settings.ts";
import { type SettingsEffect, settingsEffect } from "../vm/settings-effect.ts";
import { settingsInCib, writeSettings } from "../vm/settings-in-cib.ts";
import { specChanges } from "../vm/spec-changes.ts";
import { specProblemText } from "../vm/spec-problem.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { SpecText } from "../vm/yaml-documents.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { list } from "./wait-vms.ts";

export interface SettingsApplyOptions {
  readonly text: SpecText;
  /** The settings that the text was made from: others are not written over. */
  readonly expected?: Settings;
  readonly dryRun?: boolean;
}

export interface SettingsApplied {
  readonly changes: readonly SpecChange[];
  /** What is done to the settings, in words. */
  readonly plan: readonly string[];
  readonly committed: boolean;
  /** What follows from it, in words. */
  readonly effect: readonly string[];
  /** VMs that the settings would give other values now; they are as they were. */
  readonly differing: SettingsEffect["differing"];
}

/**
 * Makes the cluster's settings what a text says, whole. VMs stay as they are: those that would be given other values
 * now are told.
 *
 * @throws HavenError settings.invalid with all problems of the text, settings.refused when VMs need what would go, or
 * the settings are others than expected, vm.declined
 */
export async function settingsApply(
  environment: Environment,
  options: SettingsApplyOptions,
): Promise<SettingsApplied> {
  const { settings, problems } = await readSettings(options.text);
  if (settings === undefined) {
    throw new HavenError("settings.invalid", { problems: problems.map(specProblemText) });
  }
  const { pacemaker, signal } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal }));
  const before = await settingsBefore(cib);
  if (options.expected !== undefined && !isDeepStrictEqual(before, options.expected))
    throw changedMeanwhile();
  const changes = specChanges(before ?? {}, settings);
  const plan = changes.map((change) => `~ ${specChangeText(change)}`);
  let effect: SettingsEffect = settingsEffect(before, settings, vmsInCib(cib));
  const { committed, effect: lines } = await commitChange(
    environment,
    async (editor) => {
      if (!isDeepStrictEqual(await settingsBefore(editor.cib), before)) throw changedMeanwhile();
      effect = settingsEffect(before, settings, vmsInCib(editor.cib));
      if (effect.missing.length > 0) throw needed(effect.missing);
      writeSettings(editor, settings);
    },
    {
      question: "Change the settings?",
      own: [],
      ask: "always",
      dryRun: options.dryRun,
      plan,
      notes: () => notesOf(effect),
    },
  );
  return { changes, plan, committed, effect: lines, differing: effect.differing };
}

/** Settings that cannot be read are written over: that is how they are mended. */
async function settingsBefore(cib: Cib): Promise<Settings | undefined> {
  try {
    return await settingsInCib(cib);
  } catch (error) {
    if (isHavenError(error, "settings.invalid")) return undefined;
    throw error;
  }
}

function notesOf({ differing, elsewhere }: SettingsEffect): readonly string[] {
  return [
    ...(elsewhere.length === 0
      ? []
      : [`Outside of the storage locations, and left there: ${list(elsewhere)}`]),
    ...differing.map(
      ({ name, changes }) =>
        `${name} stays as it is until it is applied or edited again: ${changes.map(specChangeText).join("; ")}`,
    ),
  ];
}

function needed(missing: readonly string[]): HavenError {
  return new HavenError("settings.refused", {
    why: "are left as they are: VMs need what would go",
    lines: missing,
    hint: "Change those VMs first (haven vm edit NAME), or keep what they use",
  });
}

function changedMeanwhile(): HavenError {
  return new HavenError("settings.refused", {
    why: "were changed by someone else meanwhile, and are left as they are now",
    hint: "Look at what they are now: haven settings show",
  });
}
