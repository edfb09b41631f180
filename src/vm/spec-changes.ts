import { isDeepStrictEqual } from "node:util";
import type { SpecChange } from "../contract/spec-change.ts";

/** The fields in which two specifications differ, as far down as both have them. */
export function specChanges(from: unknown, to: unknown, field = ""): readonly SpecChange[] {
  if (!differs(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) {
    const length = Math.max(from.length, to.length);
    return Array.from({ length }, (_, i) => specChanges(from[i], to[i], `${field}[${i}]`)).flat();
  }
  if (isFields(from) && isFields(to)) {
    const names = new Set([...Object.keys(from), ...Object.keys(to)]);
    // Whether a value is the VM's own or its class's is worth a word only where nothing else changes.
    if (field === "" && [...names].some((name) => name !== "inherited" && differs(from[name], to[name]))) {
      names.delete("inherited");
    }
    return [...names].flatMap((name) =>
      specChanges(from[name], to[name], field === "" ? name : `${field}.${name}`),
    );
  }
  return [{ field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

function differs(from: unknown, to: unknown): boolean {
  return !isDeepStrictEqual(from, to);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
