import { HavenError } from "../base/errors.ts";
import { refuseUnknown } from "./refuse-unknown.ts";

/** Bounds of a parameter that is a whole number. */
export interface CountBounds {
  /** Where it is not given. */
  readonly usual: number;
  readonly most: number;
}

/**
 * The parameters of a request that are whole numbers from 0 on; there may be no others.
 *
 * @throws HavenError usage, which says what was expected and what was found
 */
export function queryCount<K extends string>(
  query: URLSearchParams,
  known: Readonly<Record<K, CountBounds>>,
): Readonly<Record<K, number>> {
  refuseUnknown(query, Object.keys(known));
  const entries = Object.entries<CountBounds>(known).map(([name, { usual, most }]) => {
    const said = query.get(name);
    if (said === null) return [name, usual];
    const value = /^\d{1,9}$/.test(said) ? Number(said) : undefined;
    if (value !== undefined && value <= most) return [name, value];
    throw new HavenError("usage", {
      what: `${name}: expected a whole number up to ${most}, found ${said.slice(0, 100)}`,
    });
  });
  return Object.fromEntries(entries) as Record<K, number>;
}
