import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { attach } from "../base/exec.ts";
import type { Environment } from "../ops/environment.ts";
import type { VmApplyResult } from "../ops/vm-apply.ts";
import { vmEditBegin, vmEditEnd } from "../ops/vm-edit.ts";
import type { Terminal } from "./command.ts";

export interface EditOptions {
  readonly name: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Opens a file in the user's editor, and resolves when that is closed, with its exit code. */
  readonly open?: (file: string) => Promise<number>;
}

/** What stands before each line that is about the text and no part of it. */
const remark = "#! ";

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
  if (options.open === undefined && process.stdin.isTTY !== true) {
    throw new HavenError("usage", {
      what: "Editing needs a terminal",
      hint: "Without one: haven vm export NAME, and haven vm apply FILE",
    });
  }
  const begun = await vmEditBegin(environment, options.name);
  const folder = await mkdtemp(join(tmpdir(), "haven-edit-"));
  const file = join(folder, `${begun.name}.yaml`);
  let shown = begun.yaml;
  let last = begun.yaml;
  try {
    for (;;) {
      await writeFile(file, shown, { mode: 0o600 });
      const code = await (options.open ?? openEditor)(file);
      const text = withoutRemarks(await readFile(file, "utf8"));
      if (code !== 0 || text.trim() === "" || text === begun.yaml) return await nothing(folder);
      if (shown !== begun.yaml && text === last) {
        throw new HavenError("vm.refused", {
          name: begun.name,
          why: "is left as it is: the text was not mended",
          hint: `The text is in ${file}`,
        });
      }
      try {
        const result = await vmEditEnd(environment, begun, { ...options, text });
        await rm(folder, { recursive: true });
        return result;
      } catch (error) {
        if (!isHavenError(error, "vm.invalid") && !isHavenError(error, "cib.value")) throw error;
        last = text;
        shown = `${remarks(error)}${text}`;
      }
    }
  } catch (error) {
    terminal.err(`The text is kept in ${file}`);
    throw error;
  }
}

async function nothing(folder: string): Promise<undefined> {
  await rm(folder, { recursive: true });
  return undefined;
}

function remarks(error: unknown): string {
  const lines = [
    ...printError(error).split("\n"),
    "Mend it and save, or leave it as it is to give up. Lines that begin with #! are taken out",
  ];
  return lines.map((line) => `${remark}${line}\n`).join("");
}

function withoutRemarks(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith(remark.trimEnd()))
    .join("\n");
}

/** `$VISUAL`, `$EDITOR` or vi; words of the variable are arguments, and no shell sees them. */
async function openEditor(file: string): Promise<number> {
  const named = [process.env.VISUAL, process.env.EDITOR].find(
    (value) => value !== undefined && value.trim() !== "",
  );
  return await attach([...(named ?? "vi").trim().split(/\s+/), file]);
}
