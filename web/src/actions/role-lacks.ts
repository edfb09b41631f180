import { type Role, roleAllows } from "../../../src/contract/role.ts";

/** Why somebody may not do what needs a role; undefined where he may. */
export function roleLacks(has: Role, needs: Role): string | undefined {
  return roleAllows(has, needs) ? undefined : `Needs the role ${needs}; you are ${has}`;
}
