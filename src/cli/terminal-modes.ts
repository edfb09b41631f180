/** A sequence cut by the end of a chunk is kept until the next; a longer one is none that matters here. */
const longestSequence = 64;

/** Modes of a terminal that are on from the start. */
const onAtFirst: ReadonlySet<number> = new Set([7, 25]);
/** The other screen, which programs use that fill the whole window. */
const otherScreen: ReadonlySet<number> = new Set([47, 1047, 1049]);

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const sequence = /\x1b(?:\[(\??)([0-9;]*)([A-Za-z])|([=>c])|\((.)|(\[?\??[0-9;]*)$)|\x0e|\x0f/g;

/**
 * Watches what a guest prints for what it leaves a terminal in: the other screen, a hidden cursor, reports of the
 * mouse, a part of the window that scrolls. `undo` says what takes all of that back, and only that, so that a
 * window is left without a trace.
 *
 * Source: XTerm Control Sequences (Dickey), DEC private modes, DECSTBM, DECKPAM, SCS
 */
export class TerminalModes {
  readonly #changed = new Map<number, boolean>();
  #insert = false;
  #keypad = false;
  #scrolls = false;
  #letters = false;
  #rest = "";

  /** What the guest printed. */
  feed(bytes: Uint8Array): void {
    const text = this.#rest + Buffer.from(bytes).toString("latin1");
    this.#rest = "";
    for (const match of text.matchAll(sequence)) {
      const [whole, mark, numbers, letter, single, letters, cut] = match;
      if (cut !== undefined) this.#rest = whole.length <= longestSequence ? whole : "";
      else if (letter !== undefined) this.#control(mark === "?", numbers ?? "", letter);
      else if (single === "c") this.#forget();
      else if (single !== undefined) this.#keypad = single === "=";
      else if (letters !== undefined) this.#letters = letters !== "B";
      else if (whole === "\x0e") this.#letters = true;
    }
  }

  /** What gives a terminal back as it was: always the plain colours. */
  undo(): string {
    const off = (mode: number): string => `\x1b[?${mode}${onAtFirst.has(mode) ? "h" : "l"}`;
    const changed = [...this.#changed].filter(([mode, on]) => on !== onAtFirst.has(mode));
    // First the screen: what follows is meant for the one of before.
    const modes = changed.map(([mode]) => mode).sort((a, b) => rank(a) - rank(b));
    return [
      ...modes.map(off),
      // It would take the cursor to the corner.
      this.#scrolls ? "\x1b7\x1b[r\x1b8" : "",
      this.#insert ? "\x1b[4l" : "",
      this.#keypad ? "\x1b>" : "",
      this.#letters ? "\x1b(B\x0f" : "",
      "\x1b[0m",
    ].join("");
  }

  #control(isPrivate: boolean, numbers: string, letter: string): void {
    if (letter === "h" || letter === "l") {
      for (const number of numbers.split(";")) {
        if (isPrivate) this.#changed.set(Number(number), letter === "h");
        else if (number === "4") this.#insert = letter === "h";
      }
    } else if (letter === "r" && !isPrivate) this.#scrolls = numbers !== "";
  }

  #forget(): void {
    this.#changed.clear();
    this.#insert = this.#keypad = this.#scrolls = this.#letters = false;
  }
}

function rank(mode: number): number {
  return otherScreen.has(mode) ? 0 : 1;
}
