import { HavenError } from "../base/errors.ts";
import { refuseUnknown } from "./refuse-unknown.ts";

/** The nodes that a question names, `node` once for each; there may be nothing else. @throws HavenError usage */
export function queryNodes(query: URLSearchParams): readonly string[] {
  refuseUnknown(query, ["node"]);
  const nodes = query.getAll("node");
  if (nodes.length > 0 && nodes.length <= 100) return nodes;
  throw new HavenError("usage", { what: `node: expected 1 to 100 nodes, found ${nodes.length}` });
}
