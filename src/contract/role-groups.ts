import type { Role } from "./role.ts";

/** The groups of a node whose members may log in, and as what; root is an administrator without any. */
export const roleGroups: Readonly<Record<Role, string>> = {
  viewer: "haven-viewer",
  operator: "haven-operator",
  // Pacemaker's own: its members may change the cluster's configuration already.
  admin: "haclient",
};
