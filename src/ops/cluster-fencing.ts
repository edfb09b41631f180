import { fenceKind } from "../contract/fence-kinds.ts";
import type { SnmpCredentials } from "../power/snmp-options.ts";
import type { ClusterPlan, FencingDevice } from "./cluster-plan.ts";
import { plugsOf } from "./fence-devices.ts";
import { buildFenceResources, FenceIds, type FenceResource } from "./fence-resource.ts";

/** How long a fence action may take, in seconds: what the plan says, else 120. */
export function fenceOffSeconds(plan: ClusterPlan): number {
  return plan.tuning?.fenceOffS ?? 120;
}

/**
 * The fence resources of a plan. Their timeouts are above what a device needs: soft-off 30 s and off 60 s, then on
 * 60 s for a reboot.
 */
export function fenceResources(plan: ClusterPlan): readonly FenceResource[] {
  const ids = new FenceIds();
  // Where a third vote decides which of two nodes goes on, the other one cannot shoot.
  const nodes = plan.quorumDevice === undefined ? plan.nodes.map(({ name }) => name) : [];
  return plan.fencing.flatMap((device) => {
    const { agent, options, secrets } = deviceParameters(device);
    const hosts = device.hosts.map(({ node, plug }) => ({ node, plugs: plugsOf(plug) }));
    const single = fenceKind(agent)?.single ?? false;
    const offSeconds = fenceOffSeconds(plan);
    return buildFenceResources(
      { agent, hosts, parameters: options, secrets, single, offSeconds, nodes },
      ids,
    );
  });
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
      ...(device.noSoftOff === undefined ? {} : { no_softoff: device.noSoftOff ? "1" : "0" }),
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
