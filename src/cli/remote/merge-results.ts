/**
 * The results of several jobs as the one that a command has for several VMs: lists one after the other, what is true of any
 * is true, times are added up.
 */
export function mergeResults<T extends object>(results: readonly T[]): T | undefined {
  const [first, ...others] = results;
  if (first === undefined) return undefined;
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(first));
  for (const next of others) {
    for (const [name, value] of Object.entries(next)) merged[name] = joined(merged[name], value);
  }
  return merged as T;
}

function joined(before: unknown, value: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...value];
  if (typeof before === "boolean" && typeof value === "boolean") return before || value;
  if (typeof before === "number" && typeof value === "number") return before + value;
  return value ?? before;
}
