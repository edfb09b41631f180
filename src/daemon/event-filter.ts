import { HavenError } from "../base/errors.ts";
import type { EventFilter } from "../history/event-store.ts";
import { refuseUnknown } from "./refuse-unknown.ts";

const words = ["vm", "node", "kind"] as const;
const numbers = ["since", "until", "after", "limit"] as const;
const mostEvents = 10_000;

/**
 * Which events a request asks for: the fields of `EventFilter` as query parameters, times as milliseconds since 1970.
 *
 * @throws HavenError usage
 */
export function eventFilterOf(query: URLSearchParams, most = mostEvents): EventFilter {
  refuseUnknown(query, [...words, ...numbers]);
  const filter: Record<string, string | number> = {};
  for (const name of words) {
    const value = query.get(name);
    if (value !== null) filter[name] = value;
  }
  for (const name of numbers) {
    const value = query.get(name);
    if (value === null) continue;
    if (!/^\d{1,15}$/.test(value)) {
      throw new HavenError("usage", { what: `${name}: expected a whole number, found ${value}` });
    }
    filter[name] = Number(value);
  }
  return { ...filter, limit: Math.min(most, Number(filter.limit ?? 1000)) };
}
