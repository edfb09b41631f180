import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";

/** Checks that every name is one of the cluster's nodes. @throws HavenError cib.not-found, with the nearest name */
export function checkNodeNames(names: readonly string[], nodes: readonly { readonly name: string }[]): void {
  const known = nodes.map((node) => node.name);
  for (const name of names) {
    if (!known.includes(name)) {
      throw new HavenError("cib.not-found", { what: "node", name, like: nearest(name, known) });
    }
  }
}
