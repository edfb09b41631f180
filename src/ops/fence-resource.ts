import { type FenceHost, plugMapText } from "./fence-devices.ts";

/** One fence resource: a device's way to one server, or to all of them where it takes one connection at a time. */
export interface FenceResource {
  readonly id: string;
  /** The id of the first resource of a server's power supplies on one device: all of them must succeed. */
  readonly supplyOf: string;
  readonly agent: string;
  readonly hosts: readonly FenceHost[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Parameters whose values are kept beside the CIB. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What resources are made of. */
export interface FenceShape {
  readonly agent: string;
  readonly hosts: readonly FenceHost[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** One resource for all servers. */
  readonly single: boolean;
  /** How long the device may take to switch off, seconds; undefined: the cluster knows. */
  readonly offSeconds: number | undefined;
  /** All nodes of the cluster, in their order; none where no two of them can race to shoot each other. */
  readonly nodes: readonly string[];
  /** The id, where it was given; a number is put behind it for each server but the first. */
  readonly id?: string | undefined;
}

/** How much later the first of two nodes is shot than the other one. */
const raceGraceSeconds = 5;

/**
 * How much later than the other side the one with the higher priorities is shot, where two nodes part. More than twice
 * the grace above, as Pacemaker's documentation asks for, and ten seconds more than it: the time that the winner has to
 * notice the loss and to cut the loser's power.
 */
export const priorityFencingDelay = "15s";

/** Ids that are not taken: fence-NODE, fence-NODE-2 for the node's second device. */
export class FenceIds {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** The first free one of NAME, NAME-2, NAME-3 … */
  take(name: string): string {
    for (let number = 1; ; number++) {
      const id = number === 1 ? name : `${name}-${number}`;
      if (this.#taken.has(id)) continue;
      this.#taken.add(id);
      return id;
    }
  }
}

/**
 * The resources of a device. A server's own resource is kept off that server; one for all servers may run on any,
 * since Pacemaker has a node shot by another one wherever there is one (fencer, `stonith_choose_peer`).
 */
export function buildFenceResources(shape: FenceShape, ids: FenceIds): readonly FenceResource[] {
  const { agent, hosts, parameters, secrets, single } = shape;
  const groups = single ? [hosts] : hosts.map((host) => [host]);
  return groups.flatMap((group): readonly FenceResource[] => {
    const [first] = group;
    const name = single ? `fence-${deviceName(agent, parameters)}` : `fence-${first?.node ?? agent}`;
    let supplyOf: string | undefined;
    return suppliesOf(agent, group).map((part, rank) => {
      const id = ids.take(shape.id ?? name);
      supplyOf ??= id;
      // The race is decided where the first supply is switched.
      const own = hostParameters(part, rank === 0 ? shape : { ...shape, nodes: [] });
      const race = raceParameters(agent, shape.nodes);
      return { id, supplyOf, agent, hosts: part, parameters: { ...own, ...race, ...parameters }, secrets };
    });
  });
}

/**
 * Servers by their first outlets, then those that have a second by it, and so on. Agents of the fence-agents package
 * that keep the first outlet in mind (fence_apc_snmp, fence_eaton_snmp, fence_ipdu) switch and read it in the
 * place of all that `plug` names, and say "off" while a server lives on its second: no agent but Haven's own is given
 * more than one.
 */
function suppliesOf(agent: string, hosts: readonly FenceHost[]): readonly (readonly FenceHost[])[] {
  if (takesSeveralPlugs(agent)) return [hosts];
  const most = Math.max(1, ...hosts.map(({ plugs }) => plugs.length));
  return Array.from({ length: most }, (_, rank) =>
    hosts
      .filter(({ plugs }) => rank === 0 || plugs.length > rank)
      .map(({ node, plugs }) => ({ node, plugs: plugs.slice(rank, rank + 1) })),
  );
}

/** Whether an agent that is told several outlets of a server is known to switch all of them. */
export function takesSeveralPlugs(agent: string): boolean {
  return agent === "fence_haven_chassis";
}

/** apc-10.0.0.9 for fence_apc_snmp at that address. */
function deviceName(agent: string, parameters: Readonly<Record<string, string>>): string {
  const kind = agent.replace(/^fence_|_snmp$/g, "").replaceAll(/[^A-Za-z0-9_-]/g, "-");
  const address = parameters.ip ?? parameters.ipaddr;
  return address === undefined ? kind : `${kind}-${address.replaceAll(/[^A-Za-z0-9_.-]/g, "-")}`;
}

function hostParameters(
  hosts: readonly FenceHost[],
  { nodes, offSeconds }: FenceShape,
): Readonly<Record<string, string>> {
  const map = plugMapText(hosts);
  const delay = raceDelay(hosts, nodes);
  return {
    pcmk_host_list: hosts.map(({ node }) => node).join(" "),
    ...(map === undefined ? {} : { pcmk_host_map: map }),
    pcmk_host_check: "static-list",
    ...(offSeconds === undefined
      ? {}
      : {
          pcmk_off_timeout: `${offSeconds}s`,
          pcmk_reboot_timeout: `${2 * offSeconds}s`,
          pcmk_on_timeout: `${offSeconds}s`,
        }),
    ...(delay === undefined ? {} : { pcmk_delay_base: delay }),
  };
}

/**
 * Two nodes that lose each other fence each other at the same time. With equal priorities the first node has
 * five seconds' grace; priority-fencing-delay is three times that and decides where priorities differ. Pacemaker adds
 * both to the time that the device has.
 */
function raceDelay(hosts: readonly FenceHost[], nodes: readonly string[]): string | undefined {
  const [first] = nodes;
  if (nodes.length !== 2 || first === undefined || !hosts.some(({ node }) => node === first))
    return undefined;
  // With the node's name also where it is the only one: Pacemaker 3.0 logs an error for a bare time.
  return `${first}:${raceGraceSeconds}s`;
}

/**
 * The loser of two nodes must be dead before its own delay is over: it gets no half minute to shut down, in which it
 * would shoot the winner.
 */
function raceParameters(agent: string, nodes: readonly string[]): Readonly<Record<string, string>> {
  return nodes.length === 2 && agent === "fence_haven_chassis" ? { no_softoff: "1" } : {};
}
