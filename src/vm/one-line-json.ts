/**
 * JSON on one line, with every escape in its long form: crmsh cannot show a value with `\"`, `\\` or `\n` in it.
 */
export function oneLineJson(value: unknown): string {
  return JSON.stringify(value).replace(/\\[^u]/g, (escaped) => {
    const character: unknown = JSON.parse(`"${escaped}"`);
    return `\\u${String(character).charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
