import type { LogFolder } from "./log-folder.ts";

/** How much of what was read last tells whether a file is still the same. */
const knownBytes = 256;

/** The end of a log that grows, also while it is renamed to NAME.0 and begun anew when it is full. */
export class LogTail {
  readonly #folder: LogFolder;
  readonly #name: string;
  #offset: number;
  #known: Uint8Array;

  /** @param read What the file held when it was read last; what comes after that is new */
  constructor(folder: LogFolder, name: string, read: Uint8Array = new Uint8Array()) {
    this.#folder = folder;
    this.#name = name;
    this.#offset = read.length;
    this.#known = read.slice(-knownBytes);
  }

  /** What has come since the last call. @throws HavenError, LibvirtError where the file cannot be read */
  async next(): Promise<Uint8Array> {
    const fresh = await this.#after(this.#name);
    if (fresh !== undefined) return this.#took(fresh, this.#offset);
    // Another file has the name, or none; the one of before may have another.
    await this.#folder.refresh();
    const rest = (await this.#after(`${this.#name}.0`)) ?? new Uint8Array();
    const begun = await this.#folder.read(this.#name);
    if (begun === undefined) return this.#took(rest, this.#offset);
    this.#known = new Uint8Array();
    const both = Buffer.concat([rest, begun]);
    this.#took(begun, 0);
    return both;
  }

  /** What a file has after what is known; undefined where it is not the one that is known. */
  async #after(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#folder.read(name, this.#offset - this.#known.length);
    if (bytes === undefined) return undefined;
    const known = bytes.subarray(0, this.#known.length);
    return Buffer.from(known).equals(this.#known) ? bytes.subarray(this.#known.length) : undefined;
  }

  #took(bytes: Uint8Array, offset: number): Uint8Array {
    this.#offset = offset + bytes.length;
    this.#known = Buffer.concat([this.#known, bytes]).subarray(-knownBytes);
    return bytes;
  }
}
