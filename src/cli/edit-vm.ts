import { HavenError, isHavenError } from "../base/errors.ts";
import type { Environment } from "../ops/environment.ts";
import type { VmApplyResult } from "../ops/vm-apply.ts";
import { vmEditBegin, vmEditEnd } from "../ops/vm-edit.ts";
import type { Terminal } from "./command.ts";
import { type EditTextOptions, editText, needsTerminal } from "./edit-text.ts";

export interface EditOptions extends Pick<EditTextOptions, "open"> {
  readonly name: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/**
 * Has a VM's specification edited until it is right, and makes the VM so. A text that could not be used stays in its
 * file, whose path is told.
 *
 * @returns undefined when there was nothing to do
 * @throws HavenError what `vmEditEnd` throws, but not vm.invalid while the text is changed; usage without a terminal
 */
export async function editVm(
  environment: Environment,
  terminal: Pick<Terminal, "err">,
  options: EditOptions,
): Promise<VmApplyResult | undefined> {
  needsTerminal(options.open, "Without one: haven vm export NAME, and haven vm apply FILE");
  const begun = await vmEditBegin(environment, options.name);
  const edited: EditTextOptions = {
    name: `${begun.name}.yaml`,
    text: begun.yaml,
    open: options.open,
    isMistake: (error) => isHavenError(error, "vm.invalid") || isHavenError(error, "cib.value"),
    notMended: (hint) =>
      new HavenError("vm.refused", {
        name: begun.name,
        why: "is left as it is: the text was not mended",
        hint,
      }),
  };
  return await editText(terminal, edited, (text) => vmEditEnd(environment, begun, { ...options, text }));
}
