import type { Cib } from "../pacemaker/cib.ts";

/** Where `migration-limit` says nothing, Pacemaker holds a node to twice its cores of jobs: so many at the least. */
const withoutLimit = 4;

/** How many migrations a node takes part in at once. */
export function migrationLimit(cib: Cib): number {
  const limit = Number(cib.property("migration-limit") ?? "-1");
  return Number.isInteger(limit) && limit > 0 ? limit : withoutLimit;
}
