/**
 * The fields of a request as options of the command line, for the audit: `dryRun: true` is `--dry-run`, `to: "node2"` is
 * `--to node2`, a list is the option several times. Objects, which may hold secrets or whole specifications, are left
 * out.
 */
export function optionWords(request: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(request).flatMap(([field, value]) => {
    const option = `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [value].flat().flatMap((one) => {
      if (one === true) return [option];
      return typeof one === "string" || typeof one === "number" ? [option, String(one)] : [];
    });
  });
}
