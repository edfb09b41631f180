import type { XmlElement } from "../xml/element.ts";

/** Whether an attribute says "true", as Pacemaker's tools write it. */
export function yes(element: XmlElement, name: string): boolean {
  return element.get(name) === "true";
}

/** A whole number; undefined for anything else. */
export function integer(value: string | undefined): number | undefined {
  return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}
