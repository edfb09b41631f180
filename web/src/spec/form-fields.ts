/** A field of a specification that the form has; every other one is written in the text. */
export interface FormField {
  readonly path: readonly string[];
  readonly label: string;
  readonly is: "line" | "number-or-line" | "list" | "choice";
}

/** The usual fields, in the form's order. What their words may be, and what they are, the schema says. */
export const formFields: readonly FormField[] = [
  { path: ["description"], label: "Description", is: "line" },
  { path: ["labels"], label: "Labels", is: "list" },
  { path: ["memory"], label: "Memory", is: "number-or-line" },
  { path: ["cpu"], label: "CPUs", is: "number-or-line" },
  { path: ["priority"], label: "Priority", is: "number-or-line" },
  { path: ["placement", "prefer"], label: "Preferred nodes", is: "list" },
  { path: ["placement", "only-on"], label: "Only on", is: "list" },
  { path: ["placement", "apart-from"], label: "Apart from", is: "list" },
  { path: ["placement", "together-with"], label: "Together with", is: "list" },
  { path: ["policies", "io-error"], label: "On an I/O error", is: "choice" },
  { path: ["policies", "guest-shutdown"], label: "When the guest powers itself off", is: "choice" },
  { path: ["policies", "graceful-stop"], label: "Time to shut down", is: "number-or-line" },
  { path: ["migration", "allowed"], label: "Live migration", is: "choice" },
];

type Fields = Readonly<Record<string, unknown>>;

/** Where a field's value stands: `cpu` has it in `cpu.count` where there is more to say of the CPUs. */
export function placeOf({ path }: FormField, fields: Fields): readonly string[] {
  return path.join() === "cpu" && isFields(fields.cpu) ? ["cpu", "count"] : path;
}

/** A field's value as the form has it; undefined where only the text can say it. */
export function shownValue(field: FormField, fields: Fields): string | undefined {
  let value: unknown = fields;
  for (const part of placeOf(field, fields)) value = isFields(value) ? value[part] : undefined;
  if (value === undefined || value === null) return "";
  if (Array.isArray(value))
    return value.every((one) => typeof one === "string") ? value.join(", ") : undefined;
  return isFields(value) ? undefined : String(value);
}

/** What is written into the text for what somebody has put into the form; undefined where nothing is. */
export function writtenValue({ is }: FormField, shown: string): unknown {
  if (is === "list") {
    // The last one may be about to be written.
    const words = shown.split(/[\s,]+/).filter((word) => word !== "");
    return words.length === 0 ? undefined : words;
  }
  if (shown.trim() === "") return undefined;
  if (is === "number-or-line" && /^\d+$/.test(shown.trim())) return Number(shown);
  if (is === "choice" && (shown === "true" || shown === "false")) return shown === "true";
  return shown;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
