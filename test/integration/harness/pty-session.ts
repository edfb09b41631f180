import type { LabNodeAccess } from "../../../src/lab/node-access.ts";
import { waitFor } from "./wait-for.ts";

/** A program on a node with a terminal of its own, driven as a person does. */
export class PtySession implements AsyncDisposable {
  readonly #terminal: Bun.Terminal;
  readonly #child: Bun.Subprocess;
  readonly #before: readonly number[];
  #text = "";

  constructor(node: LabNodeAccess, argv: readonly string[]) {
    this.#terminal = new Bun.Terminal({
      cols: 100,
      rows: 30,
      data: (_terminal, bytes) => {
        this.#text += Buffer.from(bytes).toString("latin1");
      },
    });
    this.#before = this.settings;
    // Only what a terminal controls hears its Ctrl-C.
    const words = ["setsid", "--ctty", "--wait", ...argv];
    this.#child = Bun.spawn([...node.enter(words, { TERM: "xterm" })], { terminal: this.#terminal });
  }

  /** Everything that was printed. */
  get text(): string {
    return this.#text;
  }

  /** The terminal's settings: termios' four words. */
  get settings(): readonly number[] {
    const { inputFlags, outputFlags, controlFlags, localFlags } = this.#terminal;
    return [inputFlags, outputFlags, controlFlags, localFlags];
  }

  /** Whether the terminal is as it was before the program. */
  get isRestored(): boolean {
    return this.settings.every((word, i) => word === this.#before[i]);
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  /** Waits until what is printed from now on, or from that place on, matches. */
  async sees(pattern: RegExp, timeoutMs: number, from = this.#text.length): Promise<RegExpMatchArray> {
    try {
      return await waitFor(
        `${pattern}`,
        timeoutMs,
        () => pattern.exec(this.#text.slice(from)) ?? undefined,
        50,
      );
    } catch (cause) {
      throw new Error(`Not seen: ${pattern} in ${JSON.stringify(this.#text.slice(-1500))}`, { cause });
    }
  }

  /** The exit code, when it has ended. */
  async ends(timeoutMs: number): Promise<number> {
    const code = await Promise.race([this.#child.exited, Bun.sleep(timeoutMs).then(() => undefined)]);
    if (code === undefined) throw new Error(`Still there: ${JSON.stringify(this.#text.slice(-1500))}`);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
    this.#terminal.close();
  }
}
