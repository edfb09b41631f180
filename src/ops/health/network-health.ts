import { existsSync, readFileSync } from "node:fs";
import type { HealthCheck } from "../../contract/health-check.ts";
import type { NetworkCheck } from "../../contract/node-checks.ts";
import type { Settings } from "../../contract/settings.ts";

/** Whether the bridges of the zones are there, and up. */
export function networkHealth(
  zones: NonNullable<Settings["zones"]>,
  folder: string,
): { readonly networks: readonly NetworkCheck[]; readonly health: readonly HealthCheck[] } {
  const networks = Object.entries(zones).map(([zone, { bridge, ovs }]) =>
    networkCheck(zone, bridge ?? ovs ?? "", folder),
  );
  const health = networks.map(({ zone, bridge, ok, text, mtu }): HealthCheck => {
    const about = { id: "network", subject: zone };
    if (ok)
      return {
        ...about,
        severity: "ok",
        text: `${bridge} is ${text}${mtu === undefined ? "" : `, MTU ${mtu}`}`,
      };
    const found = text.includes(bridge) ? text : `${bridge} is ${text}`;
    const expected = `bridge ${bridge} up, for the VMs of zone ${zone}`;
    return { ...about, severity: "error", text: found, expected, next: `ip link show ${bridge}` };
  });
  return { networks, health };
}

function networkCheck(zone: string, bridge: string, folder: string): NetworkCheck {
  const path = `${folder}/${bridge}`;
  if (!existsSync(path)) return { zone, bridge, ok: false, text: `there is no bridge ${bridge}` };
  const read = (name: string): string => {
    try {
      return readFileSync(`${path}/${name}`, "utf8").trim();
    } catch {
      return "";
    }
  };
  const mtu = Number(read("mtu"));
  const state = read("operstate");
  // A bridge without ports that are up says "down"; one of Open vSwitch's says "unknown".
  const ok = state !== "down" && state !== "notpresent";
  const text = ok ? "up" : "down: none of its ports is up";
  return { zone, bridge, ok, text, ...(Number.isInteger(mtu) && mtu > 0 ? { mtu } : {}) };
}
