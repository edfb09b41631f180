import type { NetworkSpec } from "../contract/vm-spec.ts";
import type { XmlElement } from "../xml/element.ts";

/** Network cards of a domain as fields; one of a kind that has no field ends the list. */
export function networksOf(domain: XmlElement): readonly NetworkSpec[] {
  const networks: NetworkSpec[] = [];
  for (const card of domain.child("devices")?.all("interface") ?? []) {
    const bridge = card.child("source")?.get("bridge");
    if (card.get("type") !== "bridge" || bridge === undefined) break;
    const port = card.child("virtualport")?.get("type");
    if (port !== undefined && port !== "openvswitch") break;
    networks.push(networkOf(card, port === undefined ? { bridge } : { ovs: bridge, ...vlansOf(card) }));
  }
  return networks;
}

const models = ["virtio", "e1000", "e1000e", "rtl8139", "netfront"] as const;

function networkOf(card: XmlElement, place: NetworkSpec): NetworkSpec {
  const model = card.child("model")?.get("type");
  const mac = card.child("mac")?.get("address")?.toLowerCase();
  const link = card.child("link")?.get("state");
  const fields: NetworkSpec = {
    ...place,
    mac: mac === "auto" ? undefined : mac,
    model: model === "virtio" ? undefined : models.find((one) => one === model),
    tap: card.child("target")?.get("dev"),
    link: link === "up" || link === "down" ? link : undefined,
    mtu: wholeNumber(card.child("mtu")?.get("size")),
    queues: wholeNumber(card.child("driver")?.get("queues")),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function vlansOf(card: XmlElement): Pick<NetworkSpec, "vlan" | "trunk" | "native-vlan"> {
  const vlan = card.child("vlan");
  const tags = vlan?.all("tag") ?? [];
  const ids = tags.map((tag) => wholeNumber(tag.get("id")) ?? 0);
  const [only] = ids;
  if (only === undefined) return {};
  if (vlan?.get("trunk") !== "yes" && ids.length === 1) return { vlan: only };
  const native = tags.findIndex((tag) => tag.get("nativeMode") !== undefined);
  return { trunk: ids, ...(native === -1 ? {} : { "native-vlan": ids[native] }) };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
