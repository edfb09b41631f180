import { daemonHeaders } from "../contract/daemon-paths.ts";
import type { ClusterAnswer } from "./cluster-answers.ts";

/** An answer about the cluster as a response, which says how old it is. */
export function told({ json, ageMs }: ClusterAnswer, headers: Record<string, string> = {}): Response {
  return new Response(json, {
    headers: { ...headers, "content-type": "application/json", [daemonHeaders.age]: String(ageMs) },
  });
}
