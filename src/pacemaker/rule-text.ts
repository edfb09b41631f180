import { type XmlElement, xml } from "../xml/element.ts";

/** A rule's expression, as Pacemaker evaluates it. */
export type RuleNode =
  | { readonly is: "joined"; readonly by: "and" | "or"; readonly parts: readonly RuleNode[] }
  | { readonly is: "attribute"; readonly attributes: Attributes }
  | { readonly is: "date"; readonly attributes: Attributes; readonly inner?: DateInner };

type Attributes = Readonly<Record<string, string>>;

interface DateInner {
  readonly name: "date_spec" | "duration";
  readonly attributes: Attributes;
}

export type ParsedRule = { readonly rule: RuleNode } | { readonly problem: string };

const comparisons: ReadonlySet<string> = new Set(["lt", "gt", "lte", "gte", "eq", "ne"]);
const valueTypes: ReadonlySet<string> = new Set(["string", "integer", "number", "version"]);
const dateFields: ReadonlySet<string> = new Set([
  ...["years", "months", "monthdays", "hours", "minutes", "seconds"],
  ...["yeardays", "weekyears", "weeks", "weekdays"],
]);

class RuleProblem extends Error {}

/**
 * Reads a rule as people write it for `crm` and `pcs`: `pingd gte 1 and not_defined maintenance`, `#uname eq node1 or
 * (#kind eq remote and site eq "a b")`, `date gt 2027-01-01`, `date in_range 2027-01-01 to 2027-02-01`, `date in_range
 * 2027-01-01 to duration months=2`, `date-spec hours=9-16 weekdays=1-5`. A comparison's type (`version`, `number`,
 * `integer`, `string`) stands before its value. `and` binds closer than `or`.
 */
export function parseRule(text: string): ParsedRule {
  try {
    const reader = new RuleReader(wordsOf(text));
    return { rule: reader.whole() };
  } catch (error) {
    if (error instanceof RuleProblem) return { problem: error.message };
    throw error;
  }
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  const pattern = /\s*(?:"([^"]*)"|'([^']*)'|([()])|([^\s()"']+))/gy;
  let at = 0;
  const end = text.trimEnd().length;
  while (at < end) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) throw new RuleProblem(`a closing quotation mark for ${text.slice(at).trim()}`);
    const quoted = match[1] ?? match[2];
    words.push(
      quoted === undefined
        ? { text: match[3] ?? match[4] ?? "", quoted: false }
        : { text: quoted, quoted: true },
    );
    at = pattern.lastIndex;
  }
  return words;
}

class RuleReader {
  #at = 0;

  constructor(private readonly words: readonly Word[]) {}

  whole(): RuleNode {
    const rule = this.either();
    const left = this.words[this.#at];
    if (left !== undefined) throw new RuleProblem(`and, or, or the end, found ${left.text}`);
    return rule;
  }

  private either(depth = 0): RuleNode {
    if (depth > 20) throw new RuleProblem("at most 20 parentheses in each other");
    const parts = [this.both(depth)];
    while (this.skip("or")) parts.push(this.both(depth));
    return joined("or", parts);
  }

  private both(depth: number): RuleNode {
    const parts = [this.one(depth)];
    while (this.skip("and")) parts.push(this.one(depth));
    return joined("and", parts);
  }

  private one(depth: number): RuleNode {
    if (this.skip("(")) {
      const inner = this.either(depth + 1);
      if (!this.skip(")")) throw new RuleProblem(`a closing parenthesis, found ${this.next()}`);
      return inner;
    }
    const word = this.take("an expression such as pingd gte 1");
    if (word === "defined" || word === "not_defined") {
      const attribute = this.take(`the name of a node attribute after ${word}`);
      return { is: "attribute", attributes: { attribute, operation: word } };
    }
    if (word === "date-spec" || word === "date_spec") {
      const inner = { name: "date_spec", attributes: this.dateFields(word) } as const;
      return { is: "date", attributes: { operation: "date_spec" }, inner };
    }
    return word === "date" ? this.date() : this.comparison(word);
  }

  private comparison(attribute: string): RuleNode {
    const operation = this.take(`lt, gt, lte, gte, eq or ne after ${attribute}`);
    if (!comparisons.has(operation)) {
      throw new RuleProblem(`lt, gt, lte, gte, eq or ne after ${attribute}, found ${operation}`);
    }
    const first = this.words[this.#at];
    const second = this.words[this.#at + 1];
    const isType = first !== undefined && !first.quoted && valueTypes.has(first.text);
    const isBeforeValue =
      second !== undefined && (second.quoted || !["and", "or", ")"].includes(second.text));
    const type = isType && isBeforeValue ? { type: this.take("a type") } : {};
    const value = this.take(`a value after ${attribute} ${operation}`, true);
    return { is: "attribute", attributes: { attribute, operation, ...type, value } };
  }

  private date(): RuleNode {
    const operation = this.take("gt, lt or in_range after date");
    if (operation === "gt") return dates({ operation, start: this.moment() });
    if (operation === "lt") return dates({ operation, end: this.moment() });
    if (operation !== "in_range") throw new RuleProblem(`gt, lt or in_range after date, found ${operation}`);
    if (this.skip("to")) return dates({ operation, end: this.moment() });
    const start = this.moment();
    if (!this.skip("to")) throw new RuleProblem(`to, after date in_range ${start}, found ${this.next()}`);
    if (!this.skip("duration")) return dates({ operation, start, end: this.moment() });
    const inner = { name: "duration", attributes: this.dateFields("duration") } as const;
    return { is: "date", attributes: { operation, start }, inner };
  }

  private moment(): string {
    const word = this.take("a date such as 2027-01-31 or 2027-01-31T08:00:00Z", true);
    // Pacemaker takes ISO 8601 in many forms; what cannot be one of them is told here, the rest by its schema.
    if (!/^\d{4}(-?\d{2}(-?\d{2})?|-?W\d{2}(-?\d)?|-?\d{3})?([T ][\d:.]+(Z|[+-][\d:]+)?)?$/.test(word))
      throw new RuleProblem(`a date such as 2027-01-31 or 2027-01-31T08:00:00Z, found ${word}`);
    return word;
  }

  private dateFields(after: string): Attributes {
    const found: Record<string, string> = {};
    for (;;) {
      const word = this.words[this.#at];
      const match = word === undefined ? null : /^([a-z]+)=([\d-]+)$/.exec(word.text);
      if (match === null) break;
      const [, name = "", value = ""] = match;
      if (!dateFields.has(name))
        throw new RuleProblem(`one of ${[...dateFields].join(", ")} after ${after}, found ${name}`);
      found[name] = value;
      this.#at++;
    }
    if (Object.keys(found).length === 0)
      throw new RuleProblem(`fields such as hours=9-16 after ${after}, found ${this.next()}`);
    return found;
  }

  private take(expected: string, isValue = false): string {
    const word = this.words[this.#at];
    const isSyntax = word !== undefined && !word.quoted && ["(", ")", "and", "or"].includes(word.text);
    if (word === undefined || isSyntax || (word.text === "" && !isValue))
      throw new RuleProblem(`${expected}, found ${this.next()}`);
    this.#at++;
    return word.text;
  }

  private skip(text: string): boolean {
    const word = this.words[this.#at];
    if (word === undefined || word.quoted || word.text !== text) return false;
    this.#at++;
    return true;
  }

  private next(): string {
    return this.words[this.#at]?.text ?? "nothing";
  }
}

function dates(attributes: Attributes): RuleNode {
  return { is: "date", attributes };
}

function joined(by: "and" | "or", parts: readonly RuleNode[]): RuleNode {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { is: "joined", by, parts };
}

/**
 * A rule as an element; ids of its parts follow from its own, as `crm` makes them.
 *
 * @param attributes Of the outermost one: score or score-attribute, role
 */
export function ruleElement(rule: RuleNode, id: string, attributes: Attributes): XmlElement {
  const { by, parts: all } = rule.is === "joined" ? rule : { by: "and", parts: [rule] };
  const operator = all.length > 1 ? { "boolean-op": by } : {};
  const parts = all.map((part, at) => {
    // Older schemas want a score also of a rule inside of another one, where it means nothing.
    if (part.is === "joined") return ruleElement(part, `${id}-rule-${at}`, { score: "0" });
    const own = `${id}-expression${at === 0 ? "" : `-${at}`}`;
    if (part.is === "attribute") return xml("expression", { id: own, ...part.attributes });
    const { inner } = part;
    const children =
      inner === undefined ? [] : [xml(inner.name, { id: `${own}-${inner.name}`, ...inner.attributes })];
    return xml("date_expression", { id: own, ...part.attributes }, children);
  });
  return xml("rule", { id, ...attributes, ...operator }, parts);
}
