import { z } from "zod";
import { type Ipv4Range, ipv4Range } from "./ipv4-range.ts";
import { ipv6Prefix } from "./ipv6-prefix.ts";
import { mail, webhook } from "./settings-notices.ts";
import { power, starts } from "./settings-power.ts";
import { ioWeight } from "./spec-hardware.ts";
import { bridge, vlan } from "./spec-networks.ts";
import { className, field, fields, nodeName, oneOf, path, text, zoneName } from "./spec-parts.ts";
import { specDefaults } from "./vm-spec.ts";

/**
 * The settings of a cluster: what a person writes in YAML, and what the CIB holds as JSON, each field on one line
 * (property set `haven-settings` of crm_config). No secret stands in it.
 *
 * The text of each `error` is what a person reads after "expected": it names a value that would do.
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

const rangeText = "a subnet such as 192.168.4.0/24, a range such as 192.168.4.10-192.168.4.99, or an address";
const range = text(rangeText).refine((value) => ipv4Range(value) !== undefined, { error: rangeText });

const prefixText = "an IPv6 prefix of 16, 32, 48 or 64 bits, such as 2001:db8:7a3::/48";

const suffixText = "the end of names: at most 20 small letters, digits and dashes";

const zone = fields(
  {
    description: field(
      text("a line of text").regex(/^[^\p{Cc}]{0,500}$/u, {
        error: "one line of text, at most 500 characters",
      }),
      "What it is for",
    ),
    bridge: field(bridge, "A Linux bridge on the nodes"),
    ovs: field(bridge, "An Open vSwitch bridge on the nodes"),
    vlan: field(
      vlan,
      "Its VLAN: with ovs the tag of its VMs' ports; with bridge that of the bridge, for the IPv6 addresses",
    ),
    ipv4: field(
      z.union([range.transform((one) => [one]), z.array(range).max(64, { error: "at most 64 ranges" })], {
        error: `${rangeText}, or a list of them`,
      }),
      "The IPv4 addresses that its VMs may have: an address tells the zone",
    ),
    "ipv6-prefix": field(
      text(prefixText).refine((value) => ipv6Prefix(value) !== undefined, { error: prefixText }),
      "Of its VMs' IPv6 addresses: prefix, VLAN (but for 64 bits), and the address of the card",
    ),
    "io-weight": field(ioWeight, "The io-weight of its VMs that do not say theirs"),
    "name-suffix": field(
      text(suffixText).regex(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/, { error: suffixText }),
      "The names of its VMs end so, behind a dash: intranet for web1-intranet",
    ),
  },
  "a zone: bridge or ovs with its name",
).superRefine((value, context) => {
  if ((value.bridge === undefined) === (value.ovs === undefined)) {
    context.addIssue({ code: "custom", message: "either bridge or ovs with the name of a bridge" });
  }
  const prefix = value["ipv6-prefix"];
  if (prefix !== undefined && value.vlan === undefined && (ipv6Prefix(prefix)?.groups.length ?? 4) < 4) {
    const message = "vlan beside it, which follows the prefix, or a prefix of 64 bits";
    context.addIssue({ code: "custom", path: ["ipv6-prefix"], message });
  }
});

/** A cluster's settings. */
export const settings = fields({
  zones: field(
    z.record(zoneName, zone, { error: "names of zones, each with its bridge" }),
    "The networks that VMs may be in",
  ),
  storage: field(
    z.array(path, { error: "a list of paths" }).max(64, { error: "at most 64 paths" }),
    "Where the VMs' disks may be: folders, /dev for block devices; anywhere unless set",
  ),
  classes: field(
    z.record(className, specDefaults, { error: "names of classes, each with fields of a specification" }),
    "What VMs of a class (class: NAME) have where they say nothing",
  ),
  "failure-domains": field(
    z.record(className, z.array(nodeName, { error: "a list of nodes' names" }).min(1), {
      error: "names of domains, each with its nodes",
    }),
    "Nodes that may be lost together: a rack, a room, a power supply",
  ),
  "lost-capacity": field(
    oneOf(["warn", "refuse"]),
    "A change after which a node could not be lost any more: tell of it (warn), or refuse it without --force",
  ),
  "on-node-shutdown": field(
    oneOf(["migrate", "restart", "freeze"]),
    "What becomes of the VMs of a node that is shut down in good order: migrate live, stop and start elsewhere, or stop and wait for the node",
  ),
  defaults: field(specDefaults, "What all VMs have where neither they nor their class say anything"),
  mail: field(mail, "Where mail goes to"),
  webhooks: field(
    z.array(webhook, { error: "a list of webhooks, each with its url" }).max(16, { error: "at most 16" }),
    "Web servers that are told of what happens",
  ),
  power: field(power, "What is shut down when the power fails, and when"),
  starts: field(starts, "How many VMs start at once"),
}).superRefine((value, context) => {
  const wrong = (at: readonly PropertyKey[], message: string): void => {
    context.addIssue({ code: "custom", path: [...at], message });
  };
  const zones = Object.entries(value.zones ?? {});
  for (const { zone: name, index, other } of overlaps(zones)) {
    wrong(["zones", name, "ipv4", index], `addresses that no other zone has, and ${other} has some of them`);
  }
  const urls = (value.webhooks ?? []).map(({ url }) => url);
  for (const [i, url] of urls.entries()) {
    if (urls.indexOf(url) < i) wrong(["webhooks", i, "url"], "a URL that no other webhook has");
  }
  const known = new Set(zones.map(([name]) => name));
  const classes = Object.entries(value.classes ?? {}).map(([name, own]) => [["classes", name], own] as const);
  for (const [at, own] of [...classes, [["defaults"], value.defaults] as const]) {
    for (const [i, network] of (own?.networks ?? []).entries()) {
      if (network.zone === undefined || known.has(network.zone)) continue;
      const named = known.size === 0 ? "and there are none" : [...known].join(", ");
      wrong([...at, "networks", i, "zone"], `a zone of these settings, ${named}`);
    }
  }
});

/** Ranges that share an address with one that stands before them. */
function overlaps(
  zones: readonly (readonly [string, { readonly ipv4?: readonly string[] | undefined }])[],
): readonly { readonly zone: string; readonly index: number; readonly other: string }[] {
  const seen: (Ipv4Range & { readonly zone: string })[] = [];
  return zones.flatMap(([name, { ipv4 = [] }]) =>
    ipv4.flatMap((written, index) => {
      const found = ipv4Range(written);
      if (found === undefined) return [];
      const clash = seen.find(({ first, last }) => first <= found.last && last >= found.first);
      seen.push({ ...found, zone: name });
      return clash === undefined ? [] : [{ zone: name, index, other: clash.zone }];
    }),
  );
}

/** A cluster's settings, normalised. */
export type Settings = z.output<typeof settings>;
export type ZoneSettings = NonNullable<Settings["zones"]>[string];
