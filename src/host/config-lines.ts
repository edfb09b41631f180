/**
 * Sets values in a configuration file of `name = value` lines and keeps all else of it, comments too. A name that
 * stands there several times stays once; a list over several lines ("name = [" to "]") is replaced whole. New
 * names come at the end.
 *
 * @param separator What stands between name and value: " = " for libvirt's files, "=" for /etc/default
 */
export function setConfigLines(
  text: string,
  values: Readonly<Record<string, string>>,
  separator: " = " | "=" = " = ",
): string {
  const left = new Map(Object.entries(values));
  const lines: string[] = [];
  let inList = false;
  for (const line of text.split("\n")) {
    if (inList) {
      inList = !line.includes("]");
      continue;
    }
    const [, name, old = ""] = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || !Object.hasOwn(values, name)) {
      lines.push(line);
      continue;
    }
    inList = old.startsWith("[") && !old.includes("]");
    const value = left.get(name);
    if (value !== undefined) lines.push(`${name}${separator}${value}`);
    left.delete(name);
  }
  while (lines.at(-1) === "") lines.pop();
  for (const [name, value] of left) lines.push(`${name}${separator}${value}`);
  return `${lines.join("\n")}\n`;
}

/** The value of a name in such a file, quotes taken off; undefined when it is not set. */
export function configValue(text: string, name: string): string | undefined {
  let found: string | undefined;
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === name) found = match[2];
  }
  return found?.replace(/^(["'])(.*)\1$/, "$2");
}
