import { Cib } from "../pacemaker/cib.ts";

/** The CIB without nodes and what is known of their state, as when they have left the cluster for good. */
export function withoutNodes(cib: Cib, names: readonly string[]): Cib {
  const root = cib.root.clone();
  for (const section of [root.at("configuration", "nodes"), root.child("status")]) {
    if (section === undefined) continue;
    const isGone = (uname: string | undefined): boolean => uname !== undefined && names.includes(uname);
    const left = section.children.filter((child) => !isGone(child.get("uname")));
    section.children.splice(0, section.children.length, ...left);
  }
  return new Cib(root);
}
