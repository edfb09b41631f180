import { HavenError } from "../base/errors.ts";
import type { EventQuestion } from "./cluster-events.ts";
import { eventFilterOf } from "./event-filter.ts";

/** The command line, root's own, may ask for more. */
const mostOfEach = 100_000;

/**
 * Which events of which histories a request asks for: the parameters of `eventFilterOf`, `from` for one node's history,
 * and with `each` a `seen` of the form NODE:ID for each history that was asked before. `after` is of one history, that of the node
 * that is asked unless `from` says another one.
 *
 * @throws HavenError usage
 */
export function eventQuestionOf(
  query: URLSearchParams,
  own: string,
  { each = false }: { readonly each?: boolean } = {},
): EventQuestion {
  const rest = new URLSearchParams(query);
  rest.delete("from");
  const onlyAudit = each && rest.get("onlyAudit") === "true" ? { onlyAudit: true } : {};
  if (each) for (const name of ["seen", "onlyAudit"]) rest.delete(name);
  const filter = { ...eventFilterOf(rest, each ? mostOfEach : undefined), ...onlyAudit };
  const from = query.get("from") ?? (filter.after === undefined ? undefined : own);
  const seen = (each ? query.getAll("seen") : []).map((text): readonly [string, number] => {
    const [, node, id] = /^(.+):(\d{1,15})$/.exec(text) ?? [];
    if (node === undefined) {
      throw new HavenError("usage", { what: `seen: expected NODE:ID, found ${text.slice(0, 100)}` });
    }
    return [node, Number(id)];
  });
  return { filter, from, ...(seen.length === 0 ? {} : { after: new Map(seen) }) };
}
