import type { PowerState } from "../contract/power-state.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { oneLineJson } from "./one-line-json.ts";

/** The property set of what the cluster remembers of its power. */
export const powerSet = "haven-power";
const property = "power-state";

/**
 * The power's state; `broken` where something else stands there, of which nothing can be known.
 */
export function powerStateIn(cib: Cib): PowerState | "broken" {
  const text = cib.properties(powerSet).get(property);
  if (text === undefined) return { ups: {} };
  try {
    return stateOf(JSON.parse(text)) ?? "broken";
  } catch {
    return "broken";
  }
}

/** Writes the power's state; where there is nothing to remember the set is taken away. */
export function writePowerState(editor: CibEditor, state: PowerState): void {
  const { ups, ...rest } = state;
  const isEmpty = Object.keys(ups).length === 0 && Object.values(rest).every((one) => one === undefined);
  if (!isEmpty) editor.setProperties({ [property]: oneLineJson(state) }, powerSet);
  else if (editor.cib.properties(powerSet).size > 0) editor.removePropertySet(powerSet);
}

function stateOf(value: unknown): PowerState | undefined {
  if (!isObject(value) || !isObject(value.ups)) return undefined;
  const { done, all, back } = value;
  const ups: Record<string, { since: number; low?: true }> = {};
  for (const [name, one] of Object.entries(value.ups)) {
    if (!isObject(one) || !isTime(one.since)) return undefined;
    ups[name] = { since: one.since, ...(one.low === true ? { low: true } : {}) };
  }
  if ((done !== undefined && !isTime(done)) || (back !== undefined && !isTime(back))) return undefined;
  return {
    ups,
    ...(done === undefined ? {} : { done }),
    ...(all === true ? { all } : {}),
    ...(back === undefined ? {} : { back }),
  };
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
