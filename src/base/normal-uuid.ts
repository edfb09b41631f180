const uuidShape = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;

/** The UUID with dashes in lower case, undefined when it is none. libvirt takes it without dashes too. */
export function normalUuid(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  if (!uuidShape.test(lower)) return undefined;
  const hex = lower.replaceAll("-", "");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
