import type { ResolvedSpec } from "./resolve-spec.ts";

/** By this label cloud-init finds it. */
export const seedLabel = "cidata";

/**
 * The files of a NoCloud seed: what a cloud image learns of itself. Passwords are locked; who has one of the keys may
 * become root.
 *
 * Sources: cloud-init's documentation, NoCloud data source; network configuration version 2; modules users-groups and
 * set-hostname.
 */
export async function seedFiles(spec: ResolvedSpec): Promise<Readonly<Record<string, string>>> {
  const { stringify } = await import("yaml");
  const { user, hostname = spec.name, "ssh-keys": keys } = spec["cloud-init"] ?? {};
  const host = hostname.split(".")[0] ?? hostname;
  const users =
    user === undefined
      ? { ssh_authorized_keys: keys }
      : {
          users: [
            {
              name: user,
              shell: "/bin/bash",
              lock_passwd: true,
              sudo: "ALL=(ALL) NOPASSWD:ALL",
              ssh_authorized_keys: keys,
            },
          ],
        };
  const config = { hostname: host, ...(host === hostname ? {} : { fqdn: hostname }), ...users };
  const options = { lineWidth: 0 };
  return {
    "meta-data": stringify({ "instance-id": spec.uuid, "local-hostname": host }, options),
    "user-data": `#cloud-config\n${stringify(config, options)}`,
    "network-config": stringify(networkConfig(spec), options),
  };
}

/** Cards are known by their MAC addresses: their names are the guest's own business. */
function networkConfig(spec: ResolvedSpec): unknown {
  const wanted = spec["cloud-init"]?.networks ?? [];
  const cards = (spec.networks ?? []).map(({ mac }, i) => {
    const match = { match: { macaddress: mac } };
    const card = wanted[i] ?? "dhcp";
    if (card === "dhcp") return [`card${i}`, { ...match, dhcp4: true }];
    const routes = card.gateway?.map((via) => ({ to: via.includes(":") ? "::/0" : "0.0.0.0/0", via }));
    const names =
      (card.dns ?? card.search) === undefined ? undefined : { addresses: card.dns, search: card.search };
    return [`card${i}`, { ...match, dhcp4: false, addresses: card.address, routes, nameservers: names }];
  });
  return { version: 2, ethernets: Object.fromEntries(cards) };
}
