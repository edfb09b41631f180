import type { XmlElement } from "../xml/element.ts";

/**
 * Passwords in a domain's XML, in words. The cluster's configuration is no place for them: each change of it stands in
 * Pacemaker's logs on every node.
 */
export function secretsOf(domain: XmlElement): readonly string[] {
  const found: string[] = [];
  for (const graphics of domain.child("devices")?.all("graphics") ?? []) {
    if (graphics.get("passwd") === undefined) continue;
    found.push(
      `expected no password in the XML, found one for the ${graphics.get("type")} console, which would stand in Pacemaker's logs: take passwd away, and have the console listen on 127.0.0.1`,
    );
  }
  return found;
}
