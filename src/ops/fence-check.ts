import { nearest } from "../base/nearest.ts";
import { type FenceKind, isSecretParameter } from "../contract/fence-kinds.ts";
import type { AgentMetadata, AgentParameter } from "../pacemaker/agent-metadata.ts";
import { expectedValue } from "../pacemaker/expected-value.ts";
import type { FenceDevice, FenceHost } from "./fence-devices.ts";

/** A fence device as it was asked for. */
export interface FenceRequest {
  /** The agent, as Pacemaker calls it. */
  readonly agent: string;
  readonly kind: FenceKind | undefined;
  readonly hosts: readonly FenceHost[];
  /** By parameter. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of the parameters whose values are given apart. */
  readonly secrets: readonly string[];
}

/** Parameters of Pacemaker's fencer that a device may have set, beside the agent's own. Source: pacemaker-fenced(7). */
const fencerParameters =
  /^(priority|pcmk_(action_limit|delay_(base|max)|monitor_(timeout|retries|action)|status_(timeout|retries|action)|list_(timeout|retries|action)|(off|on|reboot)_(action|timeout|retries)))$/;

/** What Haven says to the agent itself, and with which words it is told. */
const reserved: Readonly<Record<string, string>> = {
  action: "is given by the cluster with each call",
  plug: "is given with --for NODE=PLUG",
  port: "is given with --for NODE=PLUG",
  nodename: "is given by the cluster with each call",
  pcmk_host_list: "is given with --for NODE",
  pcmk_host_map: "is given with --for NODE=PLUG",
  pcmk_host_check: "follows from --for",
  help: "makes the agent print its help",
  version: "makes the agent print its version",
};

/** Parameters that the agent is told by the cluster, so that they are not missing. */
const told: ReadonlySet<string> = new Set(["action", "plug", "port", "nodename"]);

/**
 * Agents of the fence-agents package that say "off" of a server whose power nobody has cut. One of them as a level of a
 * node's escalation would let its VMs start elsewhere while it runs.
 */
const switchesNothing: Readonly<Record<string, string>> = {
  fence_crosslink: "it takes silence on a cable for a server that is off",
  fence_dummy: "it is for tests of Pacemaker",
  fence_heuristics_ping:
    "it looks whether the node that asks has a network, and counts only before a device in one level with it",
};

/** Why an agent is no fence device to rely on; undefined where it is one. */
export function noDevice(agent: string): string | undefined {
  const why = switchesNothing[agent];
  return why === undefined ? undefined : `${agent} switches nothing: ${why}`;
}

/** What is wrong with the parameters of a fence device that is to be added; each line says what to type. */
export function fenceParameterProblems(request: FenceRequest, metadata: AgentMetadata): readonly string[] {
  const known = new Map(metadata.parameters.map((parameter) => [parameter.name, parameter]));
  const problems = Object.entries(request.values).flatMap(([name, value]) =>
    valueProblem(request, known, name, value),
  );
  for (const name of request.secrets) {
    if (known.has(name)) continue;
    problems.push(`${request.agent} has no parameter ${name}${didYouMean(name, secretsOf(known))}`);
  }
  return [...problems, ...missing(request, metadata.parameters)];
}

function valueProblem(
  { agent, values, kind }: FenceRequest,
  known: ReadonlyMap<string, AgentParameter>,
  name: string,
  value: string,
): readonly string[] {
  const why = reserved[name];
  if (why !== undefined) return [`${name} ${why}: leave it out of --set`];
  if (fencerParameters.test(name)) return [];
  const parameter = known.get(name);
  if (parameter === undefined) {
    const usual = [...known.values()].filter((one) => !one.deprecated && reserved[one.name] === undefined);
    const like = didYouMean(
      name,
      usual.map((one) => one.name),
    );
    const see = like === "" ? `; see: haven fence agent ${kind?.name ?? agent}` : like;
    return [`${agent} has no parameter ${name}${see}`];
  }
  if (isSecretParameter(name)) {
    return [
      `${name} is a secret, which no command line may hold: --secret ${name}, or --secret-file ${name}=FILE`,
    ];
  }
  if (parameter.deprecated && parameter.replacedBy !== undefined) {
    return [`${name} is the old name of ${parameter.replacedBy}: --set ${parameter.replacedBy}=${value}`];
  }
  if (Object.hasOwn(values, name) && value === "") return [`${name}: expected a value, found nothing`];
  const expected = expectedValue(parameter, value);
  return expected === undefined ? [] : [`${name}: expected ${expected}, found ${value}`];
}

/** Required by the agent and neither given nor preset; an older name stands for the newer one. */
function missing(
  { agent, kind, values, secrets, hosts }: FenceRequest,
  parameters: readonly AgentParameter[],
): readonly string[] {
  const given = new Set([...Object.keys(values), ...Object.keys(kind?.preset ?? {}), ...secrets]);
  // An empty default is none: so says fence_heuristics_ping of the targets that it cannot do without.
  const absent = parameters.filter(
    ({ name, required, deprecated, default: preset = "" }) =>
      required && !deprecated && preset === "" && !given.has(name) && !told.has(name),
  );
  const problems = absent.map(({ name, short }) => {
    const how = isSecretParameter(name) ? `--secret ${name}` : `--set ${name}=VALUE`;
    return `${agent} needs ${name} (${short}): ${how}`;
  });
  if (kind?.plug !== "number") return problems;
  const bare = hosts.filter(({ plugs }) => plugs.length === 0);
  return [...problems, ...bare.map(({ node }) => `Which outlet is ${node}'s? --for ${node}=NUMBER`)];
}

function secretsOf(known: ReadonlyMap<string, AgentParameter>): readonly string[] {
  return [...known.keys()].filter(isSecretParameter);
}

function didYouMean(name: string, candidates: readonly string[]): string {
  const like = nearest(name, candidates);
  return like === undefined ? "" : `; did you mean ${like}?`;
}

/** Outlets that two devices would switch, or one device for two servers. */
export function outletProblems(
  { agent, hosts, values }: FenceRequest,
  others: readonly FenceDevice[],
): readonly string[] {
  const problems: string[] = [];
  const taken = new Map<string, { readonly node: string; readonly by: string | undefined }>();
  for (const other of others) {
    for (const host of other.hosts ?? []) {
      for (const key of outletKeys(other.agent, other.parameters, host)) {
        taken.set(key, { node: host.node, by: other.id });
      }
    }
  }
  const own = new Map(Object.entries(values));
  for (const host of hosts) {
    for (const key of outletKeys(agent, own, host)) {
      const before = taken.get(key);
      const outlet = host.plugs.length === 0 ? "the device" : `outlet ${host.plugs.join(",")}`;
      if (before !== undefined && before.node !== host.node) {
        const by = before.by === undefined ? "" : ` by ${before.by}`;
        problems.push(
          `${outlet} at ${addressOf(own) ?? agent} is ${before.node}'s already${by}, and cannot be ${host.node}'s too`,
        );
      } else if (before?.by !== undefined) {
        problems.push(`${before.by} shoots ${host.node} by ${outlet} at ${addressOf(own) ?? agent} already`);
      }
      taken.set(key, { node: host.node, by: before?.by });
    }
  }
  return problems;
}

function addressOf(values: ReadonlyMap<string, string>): string | undefined {
  return values.get("ip") ?? values.get("ipaddr");
}

/** What a device switches for a server, to be compared: nothing where it has no address to tell it by. */
function outletKeys(
  agent: string,
  values: ReadonlyMap<string, string>,
  { node, plugs }: FenceHost,
): readonly string[] {
  const address = addressOf(values)?.toLowerCase();
  if (address === undefined) return [];
  const port = values.get("ipport") ?? "";
  const isSharedBoard = agent === "fence_haven_chassis" || values.has("systems_uri");
  const names = plugs.length > 0 ? plugs : [isSharedBoard ? node : ""];
  return names.map((plug) => `${address} ${port} ${values.get("systems_uri") ?? ""} ${plug.trim()}`);
}
