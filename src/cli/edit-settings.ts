import { HavenError, isHavenError } from "../base/errors.ts";
import type { Environment } from "../ops/environment.ts";
import { type SettingsApplied, settingsApply } from "../ops/settings-apply.ts";
import { settingsShow } from "../ops/settings-show.ts";
import type { Terminal } from "./command.ts";
import { type EditTextOptions, editText, needsTerminal } from "./edit-text.ts";

/** What somebody finds who has no settings yet. Remarks only: unchanged it is no settings. */
const start = `# The cluster's settings (docs/settings.md). For example:
#
# zones:
#   intranet:
#     bridge: br0
#     vlan: 4
#     ipv4: 192.168.4.0/24
#     ipv6-prefix: 2001:db8:7a3::/48
# storage:
#   - /srv/shared/images
# classes:
#   windows:
#     clock: localtime
#     hyperv: true
#     cpu: {overcommit: false}
# defaults:
#   memory: 1 GiB
# mail:
#   server: mail.example.org
#   from: haven@example.org
#   to: ops@example.org
# webhooks:
#   - url: https://hooks.example.org/haven
#     on: [failure, fencing]
`;

/**
 * Has the cluster's settings edited until they are right, and changes them. A text that could not be used stays in
 * its file, whose path is told.
 *
 * @returns undefined when there was nothing to do
 * @throws HavenError what `settingsApply` throws, but not settings.invalid while the text is changed; usage without a
 * terminal
 */
export async function editSettings(
  environment: Environment,
  terminal: Pick<Terminal, "err">,
  options: Pick<EditTextOptions, "open"> & { readonly dryRun: boolean },
): Promise<SettingsApplied | undefined> {
  needsTerminal(options.open, "Without one: haven settings show, and haven settings apply FILE");
  const { settings, yaml } = await settingsShow(environment);
  const edited: EditTextOptions = {
    name: "settings.yaml",
    text: yaml === "" ? start : yaml,
    open: options.open,
    isMistake: (error) => isHavenError(error, "settings.invalid") || isHavenError(error, "cib.value"),
    notMended: (hint) =>
      new HavenError("settings.refused", { why: "are left as they are: the text was not mended", hint }),
  };
  return await editText(terminal, edited, (text) =>
    settingsApply(environment, {
      text: { file: "settings", text },
      expected: settings,
      dryRun: options.dryRun,
    }),
  );
}
