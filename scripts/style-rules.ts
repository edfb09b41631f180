/** A part of a style sheet: a rule with declarations, a group of rules, or what is kept as it is written. */
export interface StyleRule {
  /** What is before the bracket. */
  readonly prelude: string;
  /** What a selector declares. */
  readonly declarations?: readonly string[];
  /** What is in a group, as @media is. */
  readonly rules?: readonly StyleRule[];
  /** What is no selector and no group, whole: @font-face, @keyframes, @import. */
  readonly text?: string;
}

const groups = /^@(media|supports|container|layer)\b/;

/** Reads a built style sheet: without comments, and without rules within rules. @throws Error where a bracket is missing */
export function styleRules(css: string): readonly StyleRule[] {
  const rules: StyleRule[] = [];
  let at = 0;
  while (at < css.length) {
    const open = endOf(css, at, "{;");
    const prelude = css.slice(at, open).trim();
    if (open >= css.length) {
      if (prelude !== "") throw new Error(`Expected a rule, found ${prelude.slice(0, 80)}`);
      break;
    }
    if (css[open] === ";") {
      rules.push({ prelude, text: `${prelude};` });
      at = open + 1;
      continue;
    }
    const close = endOf(css, open + 1, "}");
    if (close >= css.length) throw new Error(`Expected the end of ${prelude.slice(0, 80)}`);
    const body = css.slice(open + 1, close);
    if (groups.test(prelude)) rules.push({ prelude, rules: styleRules(body) });
    else if (prelude.startsWith("@")) rules.push({ prelude, text: `${prelude}{${body}}` });
    else rules.push({ prelude, declarations: declarationsOf(body) });
    at = close + 1;
  }
  return rules;
}

/** The text of such parts. */
export function writeStyles(rules: readonly StyleRule[]): string {
  return rules
    .map(({ prelude, declarations, rules: inside, text }) => {
      if (text !== undefined) return text;
      return `${prelude}{${inside === undefined ? declarations?.join(";") : writeStyles(inside)}}`;
    })
    .join("");
}

function declarationsOf(body: string): readonly string[] {
  const declarations: string[] = [];
  for (let at = 0; at < body.length; ) {
    const end = endOf(body, at, ";");
    const declaration = body.slice(at, end).trim();
    if (declaration !== "") declarations.push(declaration);
    at = end + 1;
  }
  return declarations;
}

/** Where one of the letters comes next, outside of quotes and of brackets that are opened from there on. */
function endOf(css: string, from: number, letters: string): number {
  let depth = 0;
  for (let at = from; at < css.length; at++) {
    const letter = css[at] ?? "";
    if (depth === 0 && letters.includes(letter)) return at;
    if (letter === "\\") at++;
    else if (letter === '"' || letter === "'") at = endOfQuoted(css, at);
    else if ("({[".includes(letter)) depth++;
    else if (")}]".includes(letter)) depth--;
  }
  return css.length;
}

function endOfQuoted(css: string, from: number): number {
  for (let at = from + 1; at < css.length; at++) {
    if (css[at] === "\\") at++;
    else if (css[at] === css[from]) return at;
  }
  return css.length;
}
