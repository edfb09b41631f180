import type { XmlElement } from "../xml/element.ts";

const powers: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * The bytes that an element of a domain's XML names (`<memory unit='GiB'>2</memory>`); undefined where there is none,
 * or its text or unit is not one. Units as libvirt scales them: KiB unless said, any case, `k` and `KiB` are 1024, `KB`
 * is 1000 (https://libvirt.org/formatdomain.html#memory-allocation).
 */
export function memoryBytes(element: XmlElement | undefined): number | undefined {
  const number = element?.text.trim() ?? "";
  const unit = /^([kmgtpe]?)(b|ib|bytes)?$/i.exec(element?.get("unit") ?? "KiB");
  if (!/^\d{1,18}$/.test(number) || unit === null) return undefined;
  const [, prefix = "", suffix = ""] = unit;
  const isDecimal = prefix !== "" && suffix.toLowerCase() === "b";
  return Number(number) * (isDecimal ? 1000 : 1024) ** (powers[prefix.toLowerCase()] ?? 0);
}
