import { HavenError } from "../base/errors.ts";

/** What is read from: a terminal. */
interface SecretInput {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/**
 * Asks for a secret on the terminal without showing it.
 *
 * @throws HavenError usage where there is no terminal, interrupted at Ctrl-C
 */
export async function askSecret(
  question: string,
  input: SecretInput = process.stdin,
  output: { write(text: string): unknown } = process.stderr,
): Promise<string> {
  if (input.isTTY !== true || input.setRawMode === undefined) {
    throw new HavenError("usage", {
      what: `${question}: there is no terminal to ask`,
      hint: "Give it in a file: --secret-file NAME=FILE, or NAME=- for standard input",
    });
  }
  output.write(`${question}: `);
  input.setRawMode(true);
  input.resume();
  try {
    return await typed(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

function typed(input: SecretInput): Promise<string> {
  return new Promise((resolve, reject) => {
    const letters: string[] = [];
    const end = (finish: () => void): void => {
      input.off("data", onData);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      for (const letter of chunk.toString("utf8")) {
        if (letter === "\r" || letter === "\n") {
          end(() => resolve(letters.join("")));
          return;
        }
        // Ctrl-C, Ctrl-D
        if (letter === "\u0003" || letter === "\u0004") {
          end(() => reject(new HavenError("interrupted")));
          return;
        }
        if (letter === "\u007f" || letter === "\b") letters.pop();
        else letters.push(letter);
      }
    };
    input.on("data", onData);
  });
}
