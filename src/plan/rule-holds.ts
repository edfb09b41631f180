import type { XmlElement } from "../xml/element.ts";

/** What a rule is asked about. */
export interface RuleMoment {
  readonly node: string;
  /** The node's attributes, permanent and transient. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Whether a rule holds for a node; undefined where it asks for what is not judged here: parts of dates, agents, the
 * values of other resources. Source: Pacemaker Explained, Rules.
 */
export function ruleHolds(rule: XmlElement, moment: RuleMoment): boolean | undefined {
  const parts = rule.children.flatMap((child): readonly (boolean | undefined)[] => {
    if (child.name === "rule") return [ruleHolds(child, moment)];
    if (child.name === "expression") return [expressionHolds(child, moment)];
    if (child.name === "date_expression") return [dateHolds(child, moment.now)];
    return child.name.startsWith("#") ? [] : [undefined];
  });
  const any = rule.get("boolean-op") === "or";
  if (parts.includes(any)) return any;
  return parts.includes(undefined) ? undefined : !any;
}

function expressionHolds(expression: XmlElement, { node, attributes }: RuleMoment): boolean | undefined {
  const name = expression.get("attribute") ?? "";
  const operation = expression.get("operation") ?? "";
  const source = expression.get("value-source");
  if (source !== undefined && source !== "literal") return undefined;
  const has = name === "#uname" ? node : attributes.get(name);
  if (operation === "defined") return has !== undefined;
  if (operation === "not_defined") return has === undefined;
  // Pacemaker has no other special attribute of which this could be said without asking it.
  if (name.startsWith("#") && name !== "#uname") return undefined;
  return compared(has, operation, expression.get("value"), expression.get("type"));
}

function compared(
  has: string | undefined,
  operation: string,
  value: string | undefined,
  type: string | undefined,
): boolean | undefined {
  if (operation === "eq" && (has === undefined || value === undefined)) return has === value;
  if (operation === "ne" && (has === undefined || value === undefined)) return has !== value;
  // A node without the attribute is neither below nor above.
  if (has === undefined || value === undefined) return false;
  const order = orderOf(has, value, type);
  if (order === undefined) return undefined;
  const holds: Readonly<Record<string, boolean>> = {
    ...{ eq: order === 0, ne: order !== 0, lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 },
  };
  return holds[operation];
}

function orderOf(has: string, value: string, type: string | undefined): number | undefined {
  const isText = type === "string" || (type === undefined && !(isNumber(has) && isNumber(value)));
  if (isText) return has === value ? 0 : has < value ? -1 : 1;
  if (type === "version") return undefined;
  const [a, b] = [Number(has), Number(value)];
  return Number.isNaN(a) || Number.isNaN(b) ? undefined : a - b;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?$/.test(text);
}

function dateHolds(expression: XmlElement, now: number): boolean | undefined {
  const start = timeOf(expression.get("start"));
  const end = timeOf(expression.get("end"));
  switch (expression.get("operation") ?? "in_range") {
    case "gt":
      return start === undefined ? undefined : now > start;
    case "lt":
      return end === undefined ? undefined : now < end;
    case "in_range":
      if (start === undefined && end === undefined) return undefined;
      if (expression.child("duration") !== undefined) return undefined;
      return (start === undefined || now >= start) && (end === undefined || now <= end);
    default:
      return undefined;
  }
}

/** A date as Pacemaker's tools write it; without a zone it is meant in the machine's own. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text.trim().replace(/^(\d{4}-\d\d-\d\d) /, "$1T"));
  return Number.isNaN(time) ? undefined : time;
}
