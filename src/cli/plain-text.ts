/**
 * Text of a guest for a terminal: a guest is not trusted, and what it prints could change the terminal, its title or
 * its clipboard, or make it answer. Escape sequences and control characters are left out, but for line feeds and tabs.
 * A decoder of its own for each log: sequences and characters may be cut by the end of a piece.
 *
 * Source: ECMA-48, 5.4 (control sequences) and 8.3 (strings that ST or BEL end)
 */
export class PlainText {
  readonly #decoder = new TextDecoder();
  #rest = "";

  next(bytes: Uint8Array): string {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const cut = unfinished.exec(text)?.index ?? text.length;
    this.#rest = text.slice(cut);
    // A string without an end would keep everything back.
    if (this.#rest.length > 4096) this.#rest = "";
    return text.slice(0, cut).replace(sequences, "").replace(controls, "");
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unfinished = /\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
