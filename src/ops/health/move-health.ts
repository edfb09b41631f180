import { existsSync } from "node:fs";
import type { HealthCheck } from "../../contract/health-check.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import { movesInCib } from "../../vm/move-constraint.ts";

/** Moves whose constraint is there and whose process on this node is not: nobody takes it away before it expires. */
export function moveHealth(
  { node, cib }: { readonly node: string; readonly cib: Cib | undefined },
  isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`),
): readonly HealthCheck[] {
  const moves = cib === undefined ? [] : movesInCib(cib);
  return moves
    .filter(({ host, pid }) => host === node && !isAlive(pid))
    .map(({ name, to, constraint, owner, expires }) => ({
      ...{ id: "leftover.move", subject: name, severity: "warning" },
      text: `the move of VM ${name} to ${to} has its constraint ${constraint}, and ${owner} has gone`,
      expected: "no constraint of a move that nobody makes",
      next: `It stops to count at ${expires}; before: cibadmin --delete --xpath "//rsc_location[@id='${constraint}']"`,
    }));
}
