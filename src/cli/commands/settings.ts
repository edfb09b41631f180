import { HavenError } from "../../base/errors.ts";
import type { SettingsApplied } from "../../ops/settings-apply.ts";
import type { ShownSettings } from "../../ops/settings-show.ts";
import { type CommandCall, command } from "../command.ts";
import { dryRun } from "./vm-words.ts";

/** The commands about what holds for the whole cluster. */
export const settingsCommands = [
  command({
    path: ["settings", "show"],
    summary: "Print the cluster's settings as YAML: zones, storage, classes, defaults, mail, webhooks",
    description: "As haven settings apply reads them (docs/settings.md).",
    examples: ["haven settings show > settings.yaml"],
    role: "viewer",
    async run(call) {
      const [{ withEnvironment }, { settingsShow }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/settings-show.ts"),
      ]);
      show(call, await withEnvironment(call, settingsShow));
    },
    async remote(call, cluster) {
      const [{ settings: schema }, { settingsYaml }] = await Promise.all([
        import("../../contract/settings.ts"),
        import("../../vm/settings-yaml.ts"),
      ]);
      const settings = await cluster.read(schema, "/v1/settings");
      show(call, { settings, yaml: await settingsYaml(settings) });
    },
  }),
  command({
    path: ["settings", "apply"],
    summary: "Make the cluster's settings what a file says, whole",
    description:
      "What the file does not have is taken out. Shows what changes, and which VMs would be given other values now:\nthey stay as they are until they are applied or edited again. What VMs need cannot be taken away: their zone, their\nclass, the storage location of their disks.",
    args: [{ name: "FILE", help: "Settings (docs/settings.md), - for standard input", complete: "file" }],
    options: { "dry-run": dryRun },
    examples: ["haven settings apply settings.yaml", "haven settings apply --dry-run settings.yaml"],
    role: "admin",
    async run(call) {
      const { args, options, terminal } = call;
      const [{ withEnvironment }, { readSpecFiles }, { settingsApply }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/read-spec-files.ts"),
        import("../../ops/settings-apply.ts"),
      ]);
      const [text, ...more] = await readSpecFiles(args);
      if (text === undefined || more.length > 0) {
        throw new HavenError("usage", { what: `Settings are one file, and ${args[0] ?? ""} is a folder` });
      }
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        settingsApply(environment, { text, dryRun: isDry }),
      );
      if (!report(call, result, isDry)) terminal.out("Nothing to do: the settings are as the file says");
    },
  }),
  command({
    path: ["settings", "edit"],
    summary: "Edit the cluster's settings in an editor",
    description:
      "Opens them in $VISUAL, $EDITOR or vi, checks what comes back, shows what follows, and asks. A text with a\nmistake is opened again with the mistakes on top; an unchanged or empty text ends it. Refused when the settings were\nchanged meanwhile; the text is kept then.",
    options: { "dry-run": dryRun },
    examples: ["haven settings edit", "EDITOR='code --wait' haven settings edit"],
    role: "admin",
    async run(call) {
      const { options, terminal } = call;
      const [{ withEnvironment }, { editSettings }] = await Promise.all([
        import("../live-environment.ts"),
        import("../edit-settings.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        editSettings(environment, terminal, { dryRun: isDry }),
      );
      if (result === undefined || !report(call, result, isDry)) terminal.err("Nothing is changed");
    },
  }),
  command({
    path: ["settings", "schema"],
    summary: "Print the JSON Schema of settings, for editors that complete and check them",
    description:
      "As docs/settings.schema.json, of this version. An editor uses it for a file that begins with the line\n# yaml-language-server: $schema=PATH",
    examples: ["haven settings schema > settings.schema.json"],
    role: "viewer",
    anywhere: true,
    async run({ terminal }) {
      const { settingsJsonSchema } = await import("../../vm/settings-json-schema.ts");
      terminal.out(JSON.stringify(await settingsJsonSchema(), undefined, 2));
    },
  }),
];

function show(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  { settings, yaml }: ShownSettings,
): void {
  if (global.json) terminal.out(JSON.stringify(settings));
  else if (yaml === "") terminal.err("There are no settings yet: haven settings edit");
  else terminal.out(yaml.trimEnd());
}

/** Prints what was done, or would be. @returns False where there was nothing to do */
function report(
  { terminal, global }: Pick<CommandCall, "terminal" | "global">,
  result: SettingsApplied,
  isDry: boolean,
): boolean {
  if (global.json) {
    terminal.out(JSON.stringify(result));
    return true;
  }
  if (result.changes.length === 0) return false;
  if (isDry) terminal.out("Nothing is changed. What would happen:");
  else terminal.out("Changed the settings");
  const lines = isDry ? [...result.plan, ...result.effect] : result.effect;
  for (const line of lines) terminal.out(`  ${line}`);
  if (result.differing.length > 0) {
    terminal.out("To give VMs the new values: haven vm export NAME… | haven vm apply -");
  }
  return true;
}
