import type { Cib } from "../pacemaker/cib.ts";

/** A server that a device can shoot. */
export interface FenceHost {
  readonly node: string;
  /** What the device calls it: its outlets, its slot; empty where the device is one server's own. */
  readonly plugs: readonly string[];
}

/** A fence device as the configuration has it. */
export interface FenceDevice {
  readonly id: string;
  /** "fence_ipmilan" */
  readonly agent: string;
  /** The servers that it shoots; undefined where the cluster asks the device itself. */
  readonly hosts: readonly FenceHost[] | undefined;
  /** Without those that hold secrets. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names of the parameters whose values are kept beside the CIB. */
  readonly hidden: readonly string[];
  /** Names of the parameters with a secret that stands in the CIB, for everyone to read. */
  readonly open: readonly string[];
  /** Nodes that it never runs on. */
  readonly notOn: readonly string[];
}

/** A level of a node's escalation: all of its devices must succeed, else the next level is tried. */
export interface FenceLevel {
  readonly id: string;
  /** The node's name; a pattern or an attribute where it is meant for several. */
  readonly target: FenceTarget;
  readonly index: number;
  readonly devices: readonly string[];
}

export type FenceTarget =
  | { readonly node: string }
  | { readonly pattern: string }
  | { readonly attribute: string; readonly value: string };

/** The value that stands in the CIB for one that is kept on each node (Pacemaker's cibsecret). */
export const hiddenValue = "lrm://";

/** All fence devices of a configuration, in its order. */
export function fenceDevices(cib: Cib, isSecret: (parameter: string) => boolean): readonly FenceDevice[] {
  return cib.resources.flatMap(({ id, kind, element }) => {
    if (kind !== "primitive" || element.get("class") !== "stonith") return [];
    const values = cib.nvpairs(element, "instance_attributes");
    const hidden = [...values].flatMap(([name, value]) => (value === hiddenValue ? [name] : []));
    const open = [...values.keys()].filter((name) => isSecret(name) && !hidden.includes(name));
    const parameters = new Map([...values].filter(([name]) => ![...hidden, ...open].includes(name)));
    const notOn = cib.constraintsOf(id).flatMap((one) => {
      const node = one.name === "rsc_location" ? one.get("node") : undefined;
      return node !== undefined && one.get("score") === "-INFINITY" ? [node] : [];
    });
    return [
      { id, agent: element.get("type") ?? "", hosts: hostsOf(values), parameters, hidden, open, notOn },
    ];
  });
}

/**
 * Who a device shoots, by `pcmk_host_list` and `pcmk_host_map`. Source: Pacemaker's fencer, build_port_aliases and
 * parse_host_list: entries end with a semicolon or white space, a backslash takes the next character as it is.
 */
function hostsOf(values: ReadonlyMap<string, string>): readonly FenceHost[] | undefined {
  const map = plugMap(values.get("pcmk_host_map") ?? "");
  const listed = (values.get("pcmk_host_list") ?? "").split(/[\s,;]+/).filter((node) => node !== "");
  const names = listed.length > 0 ? listed : [...map.keys()];
  if (names.length === 0) return undefined;
  const own = values.get("plug") ?? values.get("port");
  return names.map((node) => ({ node, plugs: plugsOf(map.get(node) ?? own) }));
}

/** The outlets in the text of a `plug`: "1,9". */
export function plugsOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((plug) => plug !== "");
}

function plugMap(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, node = "", plug = ""] of text.matchAll(/([^\s;:=]+)[:=]((?:\\.|[^\s;\\])+)/g)) {
    found.set(node, plug.replace(/\\(.)/g, "$1"));
  }
  return found;
}

/** The text of `pcmk_host_map` for hosts whose outlets have names of their own; undefined where none has. */
export function plugMapText(hosts: readonly FenceHost[]): string | undefined {
  const entries = hosts.flatMap(({ node, plugs }) => {
    const plug = plugs.map((one) => one.replace(/[\\\s;:=]/g, "\\$&")).join(",");
    return plug === "" || plug === node ? [] : [`${node}:${plug}`];
  });
  return entries.length === 0 ? undefined : entries.join(";");
}

/** The escalation of all nodes, lowest level first. */
export function fenceLevels(cib: Cib): readonly FenceLevel[] {
  const levels = (cib.section("fencing-topology")?.all("fencing-level") ?? []).flatMap((element) => {
    const target = targetOf((name) => element.get(name));
    const devices = (element.get("devices") ?? "").split(",").filter((device) => device !== "");
    return target === undefined
      ? []
      : [{ id: element.get("id") ?? "", target, index: Number(element.get("index")), devices }];
  });
  return levels.toSorted((a, b) => a.index - b.index);
}

function targetOf(get: (name: string) => string | undefined): FenceTarget | undefined {
  const [node, pattern, attribute] = [get("target"), get("target-pattern"), get("target-attribute")];
  if (node !== undefined) return { node };
  if (pattern !== undefined) return { pattern };
  return attribute === undefined ? undefined : { attribute, value: get("target-value") ?? "" };
}

/** The levels that count for a node. A pattern that is no regular expression counts for none. */
export function levelsOf(cib: Cib, node: string, levels = fenceLevels(cib)): readonly FenceLevel[] {
  return levels.filter(({ target }) => {
    if ("node" in target) return target.node === node;
    if ("attribute" in target) return cib.node(node)?.attributes.get(target.attribute) === target.value;
    try {
      return new RegExp(target.pattern, "i").test(node);
    } catch {
      return false;
    }
  });
}

/** Whether a device can shoot a node; one that is asked each time may. */
export function canShoot({ hosts }: FenceDevice, node: string): boolean {
  return hosts === undefined || hosts.some((host) => host.node === node);
}

/** A step of a node's escalation: all of its devices must succeed. */
export interface FenceStep {
  /** The level; undefined where the node has none, and each of its devices is a step. */
  readonly index: number | undefined;
  readonly devices: readonly string[];
}

/** How a node is shot, step for step. */
export function fenceSteps(cib: Cib, node: string, devices: readonly FenceDevice[]): readonly FenceStep[] {
  const levels = levelsOf(cib, node);
  if (levels.length > 0) return levels.map(({ index, devices: ids }) => ({ index, devices: ids }));
  return devices
    .filter((device) => canShoot(device, node))
    .map(({ id }) => ({ index: undefined, devices: [id] }));
}
