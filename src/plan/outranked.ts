import type { WhyReason } from "../contract/why-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { scoreOf } from "../pacemaker/score.ts";
import { vmNameOf } from "../vm/names.ts";
import { undo } from "./undo-commands.ts";
import { type Moment, whyNotOpen } from "./why-not-there.ts";

/** Who has the room on a node that a resource lacks, and counts more: the scheduler places by priority. */
export function outranked(moment: Moment, resource: string, node: string): readonly WhyReason[] {
  const { room, places, cib } = moment;
  if (whyNotOpen(moment, node) !== undefined) return [];
  const there = [...places].flatMap(([other, at]) => (at === node ? [other] : []));
  const lacks = (others: readonly string[]): boolean =>
    room.lacking(resource, room.free(node, others)).length > 0;
  if (!lacks(there)) return [];
  const own = priorityOf(cib, resource);
  const above = there.filter((other) => priorityOf(cib, other) > own);
  // Without them it would have to fit, or they are not what is in its way.
  if (above.length === 0 || lacks(there.filter((other) => !above.includes(other)))) return [];
  const [first = ""] = above;
  const names = above.map((other) => `${vmNameOf(other) ?? other} (priority ${priorityOf(cib, other)})`);
  const text = `${names.join(", ")} ${above.length === 1 ? "has" : "have"} the room and more priority: its own is ${own}`;
  const command = undo.wish(resource, "meta", "priority");
  return [{ code: "priority", text, object: first, score: String(priorityOf(cib, first)), command }];
}

function priorityOf(cib: Cib, resource: string): number {
  const element = cib.byId(resource);
  const own = element === undefined ? undefined : cib.nvpairs(element, "meta_attributes").get("priority");
  const priority = scoreOf(own ?? cib.resourceDefaults.get("priority"));
  return Number.isNaN(priority) ? 0 : priority;
}
