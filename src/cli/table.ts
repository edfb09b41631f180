const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof codes;

/** The text in a style, or as it is where colour is off. */
export function styled(text: string, style: Style | undefined, color: boolean): string {
  return color && style !== undefined ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

/** Lines of a table: a bold head, columns two spaces apart, no trailing blanks. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
  color: boolean,
): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "string" ? { text: cell } : cell)));
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.text.length ?? 0)),
  );
  const line = (row: readonly Cell[]): string =>
    row
      .map((cell, i) => {
        const pad = i === row.length - 1 ? "" : " ".repeat((widths[i] ?? 0) - cell.text.length);
        return styled(cell.text, cell.style, color) + pad;
      })
      .join("  ");
  return [line(head.map((text) => ({ text, style: "bold" as const }))), ...cells.map(line)].map((l) =>
    l.trimEnd(),
  );
}
