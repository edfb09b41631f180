import { lastLines } from "../ops/last-lines.ts";
import { vmLog } from "../ops/vm-log.ts";
import type { CommandCall } from "./command.ts";
import { withEnvironment } from "./live-environment.ts";
import { localTime } from "./local-time.ts";
import { PlainText } from "./plain-text.ts";
import { styled } from "./table.ts";

export interface RunLogOptions {
  readonly follow: boolean;
  /** Of what was printed so far only that many lines; all where it is undefined. */
  readonly lines: number | undefined;
  /** Every byte as it is, also to a terminal. */
  readonly raw: boolean;
}

/**
 * `haven vm log`: to a terminal as plain text, elsewhere byte for byte; where the VM was goes to standard error. With
 * `--json` an object for each line.
 */
export async function runLog(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  name: string,
  options: RunLogOptions,
): Promise<number> {
  const { global, terminal, signal } = call;
  const printer = global.json ? new JsonPrinter(terminal.out) : new TextPrinter(call, options.raw);
  await withEnvironment(call, async (environment) => {
    try {
      for await (const part of vmLog(environment, { name, follow: options.follow })) {
        if (part.kind === "new") {
          await printer.print(part.node, part.bytes, undefined);
          continue;
        }
        if (part.silent.length > 0 && !global.quiet) {
          terminal.err(
            `What it printed on ${part.silent.join(", ")} cannot be read now, and is missing here`,
          );
        }
        const pieces = options.lines === undefined ? part.pieces : lastLines(part.pieces, options.lines);
        for (const { node, bytes, until } of pieces) await printer.print(node, bytes, until);
      }
    } catch (error) {
      // Ctrl-C is how following ends.
      if (!options.follow || !signal.aborted) throw error;
    }
  });
  printer.end();
  return signal.aborted ? 130 : 0;
}

interface Printer {
  print(node: string, bytes: Uint8Array, until: number | undefined): Promise<void>;
  end(): void;
}

class TextPrinter implements Printer {
  readonly #call: Pick<CommandCall, "global" | "terminal">;
  readonly #plain: PlainText | undefined;
  #node: string | undefined;
  #midLine = false;

  constructor(call: Pick<CommandCall, "global" | "terminal">, raw: boolean) {
    this.#call = call;
    this.#plain = call.terminal.isTty && !raw ? new PlainText() : undefined;
  }

  async print(node: string, bytes: Uint8Array, until: number | undefined): Promise<void> {
    if (node === this.#node) return await this.#write(bytes);
    // A line that a migration cut is not cut again by a word of ours.
    const rest = this.#midLine ? bytes.indexOf(10) + 1 : 0;
    await this.#write(bytes.subarray(0, rest));
    this.#node = node;
    this.#mark(node, until);
    await this.#write(bytes.subarray(rest));
  }

  end(): void {
    if (this.#midLine && this.#plain !== undefined) this.#call.terminal.out("");
  }

  #mark(node: string, until: number | undefined): void {
    const { global, terminal } = this.#call;
    if (global.quiet) return;
    const time = until === undefined ? "where it runs" : `until ${localTime(new Date(until))}`;
    terminal.err(styled(`--- on ${node}, ${time} ---`, "dim", terminal.color));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#midLine = bytes.at(-1) !== 10;
    const shown = this.#plain?.next(bytes) ?? bytes;
    await new Promise<void>((resolve) => process.stdout.write(shown, () => resolve()));
  }
}

class JsonPrinter implements Printer {
  readonly #out: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #begun = "";
  #node = "";

  constructor(out: (line: string) => void) {
    this.#out = out;
  }

  print(node: string, bytes: Uint8Array): Promise<void> {
    this.#node = node;
    const lines = (this.#begun + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#begun = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
    return Promise.resolve();
  }

  end(): void {
    if (this.#begun !== "") this.#line(this.#begun);
  }

  #line(line: string): void {
    this.#out(JSON.stringify({ node: this.#node, line: line.replace(/\r$/, "") }));
  }
}
