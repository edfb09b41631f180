import type { Node } from "../api/answers.ts";

/** How much of what a node has is given away. @param text A number for people */
export function shareText(share: Node["memory"], text: (value: number) => string): string {
  return share === undefined ? "unknown" : `${text(share.used)} of ${text(share.capacity)} given away`;
}
