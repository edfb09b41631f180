/** Something wrong with a specification, where it stands, and what would do. */
export interface SpecProblem {
  readonly file: string;
  /** Counted from 1; absent where the problem is of the whole file. */
  readonly line?: number;
  readonly column?: number;
  /** The field's path, `disks[0].file`; absent where the problem is of the whole document. */
  readonly field?: string;
  readonly expected: string;
  /** What stands there; absent where nothing does. */
  readonly found?: string;
  /** The known name nearest to an unknown one. */
  readonly nearest?: string;
}

/** The problem as one line: `web.yaml:3:9: memory: expected a size such as 2 GiB, found "lots"`. */
export function specProblemText(problem: SpecProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const field = problem.field === undefined ? "" : ` ${problem.field}:`;
  const found = problem.found === undefined ? "" : `, found ${problem.found}`;
  const nearest = problem.nearest === undefined ? "" : ` (did you mean ${problem.nearest}?)`;
  return `${place}:${field} expected ${problem.expected}${found}${nearest}`;
}

/** `disks[0].file` for ["disks", 0, "file"]. */
export function fieldText(path: readonly PropertyKey[]): string | undefined {
  if (path.length === 0) return undefined;
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join("");
}
