import type { XmlElement } from "../xml/element.ts";
import { scoreOf } from "./score.ts";

/**
 * Whether a location constraint keeps its resource off a node, for certain. Rules that ask for more than the node's
 * name are the scheduler's to judge: false.
 */
export function keepsOff(constraint: XmlElement, node: string): boolean {
  if (constraint.get("role") !== undefined) return false;
  if (constraint.get("node") !== undefined) {
    return constraint.get("node") === node && isNever(constraint.get("score"));
  }
  return constraint.all("rule").some((rule) => {
    if (!isNever(rule.get("score")) || rule.get("role") !== undefined) return false;
    const plain = rule.children.every(
      (one) => one.name === "expression" && one.get("attribute") === "#uname",
    );
    if (!plain || rule.children.length === 0) return false;
    const holds = rule.children.map((one) => matches(one, node));
    return rule.get("boolean-op") === "or" ? holds.includes(true) : !holds.includes(false);
  });
}

function matches(expression: XmlElement, node: string): boolean {
  const same = expression.get("value") === node;
  return expression.get("operation") === "ne" ? !same : expression.get("operation") === "eq" && same;
}

function isNever(score: string | undefined): boolean {
  return scoreOf(score) === Number.NEGATIVE_INFINITY;
}
