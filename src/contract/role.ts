/** What somebody may do through the API, from the least to the most: each may also do what those before it may. */
export const roles = ["viewer", "operator", "admin"] as const;

export type Role = (typeof roles)[number];

/** Whether one who has a role may do what needs another one. */
export function roleAllows(has: Role, needs: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needs);
}

/** Whether a word is a role. */
export function isRole(word: unknown): word is Role {
  return typeof word === "string" && (roles as readonly string[]).includes(word);
}
