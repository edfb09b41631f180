/** Where an event is told: mail to some, or a webhook. */
export type NoticeDestination =
  | { readonly mail: readonly string[] }
  | { readonly webhook: string }
  /** To be decided later: another node should tell it, and may have died. */
  | { readonly later: true };

/** As it is kept; the same for the same. */
export function destinationText(destination: NoticeDestination): string {
  if ("mail" in destination) return JSON.stringify({ mail: [...new Set(destination.mail)].sort() });
  return JSON.stringify(destination);
}

/** @returns undefined for what a later version has kept */
export function readDestination(text: string): NoticeDestination | undefined {
  const value = JSON.parse(text) as { readonly [key: string]: unknown };
  if (Array.isArray(value.mail)) return { mail: value.mail.map(String) };
  if (typeof value.webhook === "string") return { webhook: value.webhook };
  return value.later === true ? { later: true } : undefined;
}
