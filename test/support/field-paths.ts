/** `disks.file` for every field in a JSON Schema, lists left out. */
export function* fieldPaths(schema: unknown, at = ""): IterableIterator<string> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      for (const [name, inner] of Object.entries(value)) {
        const path = at === "" ? name : `${at}.${name}`;
        yield path;
        yield* fieldPaths(inner, path);
      }
    } else if (key === "anyOf") for (const one of value) yield* fieldPaths(one, at);
    else if (key === "items") yield* fieldPaths(value, at);
  }
}
