import type { SnmpCredentials } from "../power/snmp-options.ts";
import type { ClusterPlan, FencingDevice } from "./cluster-plan.ts";

/** One fence resource: one device's way to one server. Each has its own, so that it can be kept off that server. */
export interface FenceResource {
  readonly id: string;
  readonly agent: string;
  /** The server it switches. */
  readonly node: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Parameters whose values are kept beside the CIB. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** How long a fence action may take, in seconds: what the plan says, else 120. */
export function fenceOffSeconds(plan: ClusterPlan): number {
  return plan.tuning?.fenceOffS ?? 120;
}

/**
 * The fence resources of a plan: fence-NODE, and fence-NODE-2 for the node's second device. Their timeouts are
 * above what a device needs: soft-off 30 s and off 60 s, then on 60 s for a reboot.
 */
export function fenceResources(plan: ClusterPlan): readonly FenceResource[] {
  const count = new Map<string, number>();
  const off = fenceOffSeconds(plan);
  return plan.fencing.flatMap((device) => {
    const { agent, options, secrets } = deviceParameters(device);
    return device.hosts.map(({ node, plug }): FenceResource => {
      const number = (count.get(node) ?? 0) + 1;
      count.set(node, number);
      return {
        id: number === 1 ? `fence-${node}` : `fence-${node}-${number}`,
        agent,
        node,
        parameters: {
          ...options,
          pcmk_host_list: node,
          ...(plug === undefined || plug === node ? {} : { pcmk_host_map: `${node}:${plug}` }),
          pcmk_host_check: "static-list",
          pcmk_off_timeout: `${off}s`,
          pcmk_reboot_timeout: `${2 * off}s`,
          pcmk_on_timeout: `${off}s`,
          ...raceDelay(plan, node),
        },
        secrets,
      };
    });
  });
}

/**
 * Two nodes that lose each other fence each other at the same time. With equal priorities the first node has
 * five seconds' grace; priority-fencing-delay is more than twice that and decides where priorities differ.
 */
function raceDelay(plan: ClusterPlan, node: string): Readonly<Record<string, string>> {
  return plan.nodes.length === 2 && plan.nodes[0]?.name === node ? { pcmk_delay_base: "5s" } : {};
}

function deviceParameters(device: FencingDevice): {
  readonly agent: string;
  readonly options: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
} {
  if (device.kind === "agent") {
    return { agent: device.agent, options: device.options, secrets: device.secrets ?? {} };
  }
  const { options, secrets } = snmpParameters(device.credentials);
  return {
    agent: "fence_haven_chassis",
    options: {
      ip: device.address,
      ...(device.port === undefined ? {} : { ipport: String(device.port) }),
      ...options,
      ...(device.noSoftOff === true ? { no_softoff: "1" } : {}),
    },
    secrets,
  };
}

function snmpParameters(credentials: SnmpCredentials): {
  readonly options: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
} {
  if (credentials.version !== "3") {
    return { options: { snmp_version: credentials.version }, secrets: { community: credentials.community } };
  }
  const options: Record<string, string> = {
    snmp_version: "3",
    username: credentials.user,
    snmp_sec_level: credentials.level,
  };
  const secrets: Record<string, string> = {};
  if (credentials.level !== "noAuthNoPriv") {
    options.snmp_auth_prot = credentials.authProtocol;
    secrets.password = credentials.authPassword;
  }
  if (credentials.level === "authPriv") {
    options.snmp_priv_prot = credentials.privProtocol;
    secrets.snmp_priv_passwd = credentials.privPassword;
  }
  return { options, secrets };
}
