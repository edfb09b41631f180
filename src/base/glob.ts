/** The regular expression of a pattern with `*` (any characters) and `?` (one), for whole names. */
export function globPattern(word: string): RegExp {
  const pattern = [...word].map((c) =>
    c === "*" ? ".*" : c === "?" ? "." : c.replace(/[^A-Za-z0-9-]/g, "\\$&"),
  );
  return new RegExp(`^${pattern.join("")}$`);
}
