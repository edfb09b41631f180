import type { HavenEvent } from "../contract/event.ts";

/**
 * Of a fencing all nodes hear: which of them tells people of it. All hear the same words, so all come to the same answer
 * without asking each other: the node that carried it out, else the one that asked for it.
 *
 * @returns the node; `undefined` for a fencing of which neither can tell
 */
export function fenceTeller({ node, data = {} }: Pick<HavenEvent, "node" | "data">): string | undefined {
  // <anyone> where nobody could carry it out, "a human" where a person has said that it is off.
  return [data.by, data.origin].find(
    (name): name is string => typeof name === "string" && /^[\w.-]+$/.test(name) && name !== node,
  );
}

/** Whether all nodes hear of it, so that one of them is to be chosen. */
export function isHeardEverywhere(kind: string): boolean {
  return kind === "fence.succeeded" || kind === "fence.failed";
}
