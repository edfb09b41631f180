import { HavenError } from "../base/errors.ts";
import { XmlElement } from "./element.ts";

export interface ReadXmlOptions {
  /** Where the text is from, for the error: "crm_mon", a file's path. */
  readonly source?: string;
  /** Longest text taken, in UTF-16 units. Default 64 Mi. */
  readonly maxLength?: number;
  /** Deepest nesting taken. Default 200. */
  readonly maxDepth?: number;
  /** Keep comments as children named `#comment`; without it they are dropped. */
  readonly keepComments?: boolean;
  /**
   * Keep the place of text that stands between elements, as children named `#text` (the element's own `text` is empty
   * then); without it the pieces are put together. White space alone is dropped either way.
   */
  readonly keepMixed?: boolean;
}

/**
 * Reads a whole XML document that may come from anywhere: every tag and attribute is checked for being well
 * formed, entities are the five of XML and numeric ones only, a DOCTYPE is refused (so nothing expands and
 * nothing is fetched), length and depth are bounded. Namespaces are not resolved: `qemu:arg` is a name.
 *
 * @throws HavenError xml.invalid, with line and column
 */
export function readXml(text: string, options: ReadXmlOptions = {}): XmlElement {
  const maxLength = options.maxLength ?? 64 * 1024 * 1024;
  const reader = new Reader(text, options);
  if (text.length > maxLength) throw reader.wrong(`is longer than ${maxLength} characters`, maxLength);
  return reader.document();
}

// What libxml2 also takes as names, less what nobody uses: letters, digits, and . - _ : besides any non-ASCII.
const nameStart = new Uint8Array(128);
const nameRest = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_:]/.test(character)) nameStart[code] = 1;
  if (/[A-Za-z0-9_:.-]/.test(character)) nameRest[code] = 1;
}

const [gt, slash, bang, question, equals, quote, apostrophe] = [62, 47, 33, 63, 61, 34, 39];
// Characters that XML 1.0 does not allow anywhere.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const declaration =
  /^<\?xml\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')(?:\s+encoding\s*=\s*(?:"[\w.-]+"|'[\w.-]+'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>$/;

class Reader {
  private at = 0;
  private readonly maxDepth: number;
  private readonly keepComments: boolean;
  private readonly keepMixed: boolean;

  constructor(
    private readonly text: string,
    private readonly options: ReadXmlOptions,
  ) {
    this.maxDepth = options.maxDepth ?? 200;
    this.keepComments = options.keepComments ?? false;
    this.keepMixed = options.keepMixed ?? false;
  }

  wrong(what: string, at = this.at): HavenError {
    const before = this.text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    return new HavenError("xml.invalid", { source: this.options.source ?? "XML", line, column, what });
  }

  document(): XmlElement {
    const bad = forbidden.exec(this.text);
    if (bad !== null) throw this.wrong("has a character that XML does not allow", bad.index);
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    // A holder spares the loop from asking at each tag whether it is the root.
    const holder = new XmlElement("#document");
    this.content(holder);
    const roots = holder.children.filter((child) => child.name !== "#comment");
    const [root] = roots;
    if (root === undefined) throw this.wrong("has no element");
    if (roots.length > 1) throw this.wrong("has more than one root element");
    if (holder.text.trim() !== "") throw this.wrong("has text outside the root element");
    return root;
  }

  private content(holder: XmlElement): void {
    const { text } = this;
    const stack: XmlElement[] = [];
    let open = holder;
    for (;;) {
      const next = text.indexOf("<", this.at);
      const end = next === -1 ? text.length : next;
      if (end > this.at) this.addText(open, this.textUntil(end));
      this.at = end;
      if (next === -1) {
        if (stack.length > 0) throw this.wrong(`ends inside <${open.name}>`);
        return;
      }
      const after = text.charCodeAt(next + 1);
      if (after === slash) {
        this.endTag(open);
        if (this.keepMixed) unmix(open);
        open = stack.pop() ?? holder;
      } else if (after === bang) {
        this.markup(open);
      } else if (after === question) {
        this.instruction();
      } else {
        const element = this.startTag(open);
        if (element === undefined) continue;
        if (stack.length >= this.maxDepth) throw this.wrong(`is nested deeper than ${this.maxDepth}`);
        stack.push(open);
        open = element;
      }
    }
  }

  private addText(open: XmlElement, text: string): void {
    if (text === "") return;
    const last = open.children.at(-1);
    if (!this.keepMixed || open.name === "#document") open.text += text;
    else if (last?.name === "#text") last.text += text;
    else open.children.push(new XmlElement("#text", [], [], text));
  }

  /** The text up to there; white space between tags, which is most of it, costs nothing. */
  private textUntil(end: number): string {
    const { text, at } = this;
    for (let i = at; i < end; i++) {
      if (text.charCodeAt(i) > 32) {
        const raw = text.slice(at, end);
        if (raw.includes("]]>")) throw this.wrong("has ]]> in text");
        return this.decode(raw.includes("\r") ? raw.replace(/\r\n?/g, "\n") : raw, at);
      }
    }
    return "";
  }

  /** Reads a start tag; the element where its content follows, undefined where it closed itself. */
  private startTag(parent: XmlElement): XmlElement | undefined {
    const start = this.at;
    this.at = start + 1;
    const element = new XmlElement(this.readName("an element's name"));
    const { attributes } = element;
    parent.children.push(element);
    for (;;) {
      const spaced = this.skipSpace();
      const code = this.text.charCodeAt(this.at);
      if (code === gt) {
        this.at += 1;
        return element;
      }
      if (code === slash) {
        if (this.text.charCodeAt(this.at + 1) !== gt) throw this.wrong("has a / that does not end a tag");
        this.at += 2;
        return undefined;
      }
      if (Number.isNaN(code)) throw this.wrong(`ends inside the tag <${element.name}>`, start);
      if (!spaced) throw this.wrong("has no space before an attribute");
      this.attribute(attributes);
    }
  }

  private attribute(attributes: string[]): void {
    const name = this.readName("an attribute's name");
    for (let i = 0; i < attributes.length; i += 2) {
      if (attributes[i] === name) throw this.wrong(`has the attribute ${name} twice`);
    }
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== equals) throw this.wrong(`has no = after the attribute ${name}`);
    this.at += 1;
    this.skipSpace();
    const mark = this.text.charCodeAt(this.at);
    if (mark !== quote && mark !== apostrophe) throw this.wrong(`has no quotes around the value of ${name}`);
    const start = this.at + 1;
    const end = this.text.indexOf(mark === quote ? '"' : "'", start);
    if (end === -1) throw this.wrong(`has no end of the value of ${name}`);
    const raw = this.text.slice(start, end);
    if (raw.includes("<")) throw this.wrong(`has a < in the value of ${name}`);
    // XML turns white space in attribute values into spaces.
    attributes.push(
      name,
      this.decode(/[\t\n\r]/.test(raw) ? raw.replace(/\r\n|[\t\n\r]/g, " ") : raw, start),
    );
    this.at = end + 1;
  }

  private endTag(open: XmlElement): void {
    const start = this.at;
    this.at = start + 2;
    const name = this.readName("a name in an end tag");
    if (name !== open.name) {
      throw this.wrong(`has </${name}> where </${open.name}> was expected`, start);
    }
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== gt) throw this.wrong(`has no > at the end of </${name}`);
    this.at += 1;
  }

  /** A comment or CDATA section; anything else that starts with <! is refused. */
  private markup(open: XmlElement): void {
    const { text, at } = this;
    if (text.startsWith("<!--", at)) {
      const end = text.indexOf("--", at + 4);
      if (end === -1 || text.charCodeAt(end + 2) !== gt) throw this.wrong("has a comment without its end");
      if (this.keepComments) open.children.push(new XmlElement("#comment", [], [], text.slice(at + 4, end)));
      this.at = end + 3;
    } else if (text.startsWith("<![CDATA[", at)) {
      const end = text.indexOf("]]>", at);
      if (end === -1) throw this.wrong("has a CDATA section without its end");
      this.addText(open, text.slice(at + 9, end).replace(/\r\n?/g, "\n"));
      this.at = end + 3;
    } else {
      throw this.wrong("has a document type or another declaration, which is not taken");
    }
  }

  private instruction(): void {
    const start = this.at;
    const end = this.text.indexOf("?>", start + 2);
    if (end === -1) throw this.wrong("has a processing instruction without its end");
    this.at = start + 2;
    const target = this.readName("a name of a processing instruction");
    if (/^xml$/i.test(target)) {
      const first = this.text.charCodeAt(0) === 0xfeff ? 1 : 0;
      if (start !== first || !declaration.test(this.text.slice(start, end + 2))) {
        throw this.wrong("has an XML declaration that is wrong or not at its start", start);
      }
    } else if (this.at !== end && !this.skipSpace()) {
      throw this.wrong("has a processing instruction with a wrong name", start);
    }
    this.at = end + 2;
  }

  private skipSpace(): boolean {
    const start = this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 9 && code !== 13) return this.at > start;
      this.at += 1;
    }
  }

  private readName(what: string): string {
    const { text } = this;
    const start = this.at;
    const first = text.charCodeAt(start);
    if (!(first < 128 ? nameStart[first] === 1 : first >= 128))
      throw this.wrong(`has no ${what.replace(/^an? /, "")} here`);
    let at = start + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (!(code < 128 ? nameRest[code] === 1 : code >= 128)) break;
      at += 1;
    }
    this.at = at;
    return text.slice(start, at);
  }

  private decode(raw: string, start: number): string {
    if (!raw.includes("&")) return raw;
    return raw.replace(
      /&(?:([a-z]+)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g,
      (found, name, decimal, hex, at) => {
        const character: string | undefined = name === undefined ? undefined : named[name];
        if (character !== undefined) return character;
        const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
        const valid =
          code === 9 ||
          code === 10 ||
          code === 13 ||
          (code >= 32 &&
            code <= 0x10ffff &&
            !(code >= 0xd800 && code <= 0xdfff) &&
            code !== 0xfffe &&
            code !== 0xffff);
        if (name === undefined && valid) return String.fromCodePoint(code);
        throw this.wrong(
          `has an entity that is not taken: ${String(found).slice(0, 20)}`,
          start + Number(at),
        );
      },
    );
  }
}

/** Text without elements beside it is the element's own. */
function unmix(element: XmlElement): void {
  const { children } = element;
  if (children.some(({ name }) => !name.startsWith("#"))) return;
  const isText = ({ name }: XmlElement): boolean => name === "#text";
  element.text = children
    .filter(isText)
    .map(({ text }) => text)
    .join("");
  children.splice(0, children.length, ...children.filter((child) => !isText(child)));
}
