import { createHash } from "node:crypto";
import type { HavenEvent } from "../contract/event.ts";

/**
 * Names a message by what it tells: the same events have the same name, whichever node tells them and however often, so
 * that a mail server, or a webhook, can know a repeated message again.
 */
export function noticeId(events: readonly Pick<HavenEvent, "key" | "data" | "kind">[]): string {
  const hash = createHash("sha256");
  for (const { key, kind, data } of events) {
    const ref = data?.ref;
    hash.update(`${typeof ref === "string" && ref !== "" ? `${kind} ${ref}` : key}\n`);
  }
  return hash.digest("hex").slice(0, 32);
}
