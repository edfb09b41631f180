/**
 * A specification without what it inherited: what its VM says itself. A path that leads nowhere is passed over.
 *
 * @param inherited Paths such as `networks/0/bridge`
 */
export function withoutInherited<T extends object>(spec: T, inherited: readonly string[] | undefined): T {
  if (inherited === undefined) return spec;
  const own = structuredClone(spec) as T & { inherited?: unknown };
  delete own.inherited;
  for (const path of inherited) take(own, path.split("/"));
  return own;
}

function take(from: unknown, [first, ...rest]: readonly string[]): void {
  if (typeof from !== "object" || from === null || first === undefined || !Object.hasOwn(from, first)) return;
  const fields = from as Record<string, unknown>;
  if (rest.length > 0) {
    take(fields[first], rest);
    if (!isEmpty(fields[first]) || Array.isArray(from)) return;
  }
  delete fields[first];
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
