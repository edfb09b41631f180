import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HavenError, printError } from "../base/errors.ts";
import { attach } from "../base/exec.ts";
import type { Terminal } from "./command.ts";

export interface EditTextOptions {
  /** The file's name: NAME.yaml. */
  readonly name: string;
  readonly text: string;
  /** Opens a file in the user's editor, and resolves when that is closed, with its exit code. */
  readonly open?: ((file: string) => Promise<number>) | undefined;
  /** Whether an error is a mistake in the text, to be mended in it. */
  readonly isMistake: (error: unknown) => boolean;
  /** The error when a mistake was left as it was; the hint tells where the text is. */
  readonly notMended: (hint: string) => HavenError;
}

/** What stands before each line that is about the text and no part of it. */
const remark = "#! ";

/** @throws HavenError usage where nobody can edit; the hint tells another way */
export function needsTerminal(open: EditTextOptions["open"], hint: string): void {
  if (open === undefined && process.stdin.isTTY !== true) {
    throw new HavenError("usage", { what: "Editing needs a terminal", hint });
  }
}

/**
 * Has a text edited until it can be used. A text that could not be used stays in its file, whose path is told.
 *
 * @param use What is done with the edited text
 * @returns undefined when there was nothing to do
 * @throws HavenError what `use` throws, but not a mistake while the text is changed
 */
export async function editText<T>(
  terminal: Pick<Terminal, "err">,
  options: EditTextOptions,
  use: (text: string) => Promise<T>,
): Promise<T | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "haven-edit-"));
  const file = join(folder, options.name);
  let shown = options.text;
  let last = options.text;
  try {
    for (;;) {
      await writeFile(file, shown, { mode: 0o600 });
      const code = await (options.open ?? openEditor)(file);
      const text = withoutRemarks(await readFile(file, "utf8"));
      if (code !== 0 || text.trim() === "" || text === options.text) return await nothing(folder);
      if (shown !== options.text && text === last) throw options.notMended(`The text is in ${file}`);
      try {
        const result = await use(text);
        await rm(folder, { recursive: true });
        return result;
      } catch (error) {
        if (!options.isMistake(error)) throw error;
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
