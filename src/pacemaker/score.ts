/** A score as Pacemaker writes it, INFINITY among them; NaN where there is none. */
export function scoreOf(text: string | undefined): number {
  if (text === undefined || text === "") return Number.NaN;
  if (/^\+?INFINITY$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^-INFINITY$/i.test(text)) return Number.NEGATIVE_INFINITY;
  return Number(text);
}
