/** A kind of fence device by the name that people know it by, and the maintained agent that is behind it. */
export interface FenceKind {
  /** "ipmi" */
  readonly name: string;
  /** The agent, as Pacemaker calls it. */
  readonly agent: string;
  /** What brings the agent, of Debian 13; Debian 12 has all of them in `fence-agents`. */
  readonly package: string;
  /** To be read after the name. */
  readonly what: string;
  /**
   * The device takes one connection at a time: it is one resource for all its servers, watched from one node. Others
   * are a resource for each server, so that each can be kept off the server that it shoots.
   */
  readonly single: boolean;
  /** What tells a server's outlet on the device: its number, its name there (the node's unless said), or nothing. */
  readonly plug: "number" | "name" | "none";
  /** Parameters that this kind needs set. */
  readonly preset: Readonly<Record<string, string>>;
  /** Parameters that are asked for, beside those that the agent requires. */
  readonly usual: readonly string[];
  /** Secrets that it usually has. */
  readonly secrets: readonly string[];
  /** How long it may take to be off, seconds; undefined where that is not the device's to say. */
  readonly offSeconds: number | undefined;
  /** Tried after all others. */
  readonly isLast?: true;
  /** Why it is no device for a cluster that matters; undefined where it is. */
  readonly testsOnly?: string;
}

const ipmi = {
  single: false,
  plug: "none",
  preset: { lanplus: "1" },
  usual: ["ip", "username"],
  secrets: ["password"],
  offSeconds: 60,
  package: "fence-agents-ipmilan",
} as const;

/** The usual devices. Any other installed agent can be used by its own name. */
export const fenceKinds: readonly FenceKind[] = [
  {
    name: "chassis",
    agent: "fence_haven_chassis",
    package: "haven",
    what: "the management module of a BladeCenter or Flex System chassis, over SNMP",
    single: false,
    plug: "name",
    preset: {},
    usual: ["ip"],
    secrets: ["community"],
    // Soft-off 30 s, then off 60 s, and login and listening.
    offSeconds: 120,
  },
  {
    name: "apc",
    agent: "fence_apc_snmp",
    package: "fence-agents-apc-snmp",
    what: "an APC power distribution unit, over SNMP",
    single: true,
    plug: "number",
    preset: {},
    usual: ["ip"],
    secrets: ["community"],
    offSeconds: 60,
  },
  { name: "ipmi", agent: "fence_ipmilan", what: "a server's management controller, over IPMI", ...ipmi },
  { name: "idrac", agent: "fence_idrac", what: "Dell's iDRAC, over IPMI", ...ipmi },
  { name: "ilo", agent: "fence_ilo4", what: "HPE's iLO, over IPMI", ...ipmi },
  {
    name: "redfish",
    agent: "fence_redfish",
    package: "fence-agents-redfish",
    what: "a server's management controller, over Redfish",
    single: false,
    plug: "none",
    preset: { ssl: "1" },
    usual: ["ip", "username", "systems_uri"],
    secrets: ["password"],
    offSeconds: 60,
  },
  {
    name: "virsh",
    agent: "fence_virsh",
    package: "fence-agents-virsh",
    what: "the libvirt host of nodes that are VMs themselves, over SSH",
    single: false,
    plug: "name",
    preset: {},
    usual: ["ip", "username", "identity_file"],
    secrets: [],
    offSeconds: 60,
  },
  {
    name: "sbd",
    agent: "fence_sbd",
    package: "fence-agents-sbd",
    what: "a shared disk with a message slot for each node, and a watchdog in each (SBD)",
    single: false,
    plug: "name",
    preset: {},
    usual: ["devices"],
    secrets: [],
    offSeconds: 120,
  },
  {
    name: "kdump",
    agent: "fence_kdump",
    package: "fence-agents-kdump",
    what: "a node's own word that its kernel has crashed and writes a dump: a first level, never the only one",
    single: false,
    plug: "none",
    preset: {},
    usual: [],
    secrets: [],
    offSeconds: 60,
  },
  {
    name: "manual",
    agent: "fence_haven_manual",
    package: "haven",
    what: "a person, who makes sure that the node is off and says so with haven fence confirm",
    single: false,
    plug: "none",
    preset: {},
    usual: [],
    secrets: [],
    // Somebody has to be found, and to walk to the server.
    offSeconds: 24 * 3600,
    isLast: true,
  },
  {
    name: "watchdog",
    agent: "fence_watchdog",
    package: "pacemaker",
    what: "each node's own watchdog, which resets it when SBD does not feed it: the last level, without a disk",
    single: true,
    plug: "none",
    preset: {},
    usual: [],
    secrets: [],
    // Pacemaker waits for stonith-watchdog-timeout.
    offSeconds: undefined,
    isLast: true,
  },
  {
    name: "ssh",
    agent: "external/ssh",
    package: "cluster-glue",
    what: "the node itself, over SSH",
    single: false,
    plug: "none",
    preset: {},
    usual: ["hostlist"],
    secrets: [],
    offSeconds: 60,
    testsOnly:
      "a node that hangs or is cut off cannot be shot over SSH, so no VM of it would start elsewhere",
  },
];

/** The kind of that name, or of that agent. */
export function fenceKind(name: string): FenceKind | undefined {
  return fenceKinds.find((kind) => kind.name === name || kind.agent === name);
}

/**
 * Whether a parameter of a fence agent holds a secret: it is kept beside the CIB, and never shown. Programs that
 * print a password are none.
 */
export function isSecretParameter(name: string): boolean {
  return /(^|_)(password|passwd|passphrase|community|secret(_key)?|hexadecimal_kg|token|api_?key)$/.test(
    name,
  );
}
