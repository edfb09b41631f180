import type { XmlElement } from "../xml/element.ts";

/**
 * Why one of Pacemaker's tools did not do its work, from the `<status>` of its XML output. crm_mon 2.1.5 ends with 0
 * and says OK when it could not read a CIB file, so that the reason is looked for in `<errors>` first.
 *
 * @param otherwise Said where the tool gives no reason
 */
export function toolComplaint(root: XmlElement, otherwise: string): string {
  const status = root.child("status");
  const errors = status?.child("errors")?.all("error") ?? [];
  return errors.map((error) => error.text.trim()).join("; ") || status?.get("message") || otherwise;
}
