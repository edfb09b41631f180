import { isSecretParameter } from "../contract/fence-kinds.ts";
import { parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import { Cib, type CibNode } from "../pacemaker/cib.ts";
import type { ClusterStatus, ResourceStatus } from "../pacemaker/status.ts";
import type { Environment } from "./environment.ts";
import {
  type FenceDevice,
  type FenceHost,
  type FenceStep,
  fenceDevices,
  fenceSteps,
} from "./fence-devices.ts";
import { findDevice } from "./fence-remove.ts";
import { type SecretsOnNode, secretsOnNodes } from "./fence-secrets.ts";
import {
  type PowerTest,
  powerTestAttribute,
  type ReachTest,
  reachTestAttribute,
  readPowerTest,
  readReachTest,
} from "./fence-test-record.ts";
import { failureText } from "./status-failure.ts";
import { plainId } from "./status-resource.ts";
import { watchdogDevice, watchdogFencing } from "./watchdog-fencing.ts";

/** A fence device as it is listed. */
export interface FenceView {
  readonly id: string;
  readonly agent: string;
  /** Undefined where the cluster asks the device. */
  readonly hosts: readonly FenceHost[] | undefined;
  /** What watches over it says: "works on node2", a failure, "not watched". */
  readonly state: "working" | "failed" | "stopped" | "unknown";
  /** The node from which it is watched. */
  readonly watchedFrom: string | undefined;
  readonly failure: string | undefined;
}

/** How a node is shot. */
export interface NodeFencing {
  readonly node: string;
  /** The steps in their order; each needs all of its devices. One step of all devices where there are no levels. */
  readonly levels: readonly FenceStep[];
  /** The last test that shot it, where there was one. */
  readonly power?: PowerTest;
  /** The last test that asked its devices. */
  readonly reach?: ReachTest;
}

export interface FenceList {
  readonly enabled: boolean;
  readonly devices: readonly FenceView[];
  readonly nodes: readonly NodeFencing[];
}

/** The fence devices, and by which of them each node is shot. */
export async function fenceList(environment: Environment): Promise<FenceList> {
  const { pacemaker, signal } = environment;
  const [text, status] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    pacemaker.status({ signal, fenceHistory: "none" }),
  ]);
  const cib = Cib.parse(text);
  const devices = fenceDevices(cib, isSecretParameter);
  // What Pacemaker does where a node has no device.
  const bare =
    watchdogFencing(cib)?.running === true ? [{ index: undefined, devices: [watchdogDevice] }] : [];
  const stepsOf = (node: string): readonly FenceStep[] => {
    const steps = fenceSteps(cib, node, devices);
    return steps.length > 0 ? steps : bare;
  };
  return {
    enabled: status.stonithEnabled,
    devices: devices.map((device) => view(device, status)),
    nodes: cib.nodes
      .filter(({ type }) => type === "member")
      .map((node) => ({ node: node.name, levels: stepsOf(node.name), ...testsOf(node) })),
  };
}

function testsOf({ attributes }: CibNode): Pick<NodeFencing, "power" | "reach"> {
  const power = readPowerTest(attributes.get(powerTestAttribute));
  const reach = readReachTest(attributes.get(reachTestAttribute));
  return { ...(power === undefined ? {} : { power }), ...(reach === undefined ? {} : { reach }) };
}

function view({ id, agent, hosts }: FenceDevice, status: ClusterStatus): FenceView {
  const resource = status.resources.find((one) => plainId(one.id) === id);
  const failure = status.failures.findLast((failed) => plainId(failed.resource) === id);
  return {
    id,
    agent,
    hosts,
    state: stateOf(resource, failure !== undefined),
    watchedFrom: resource?.nodes[0],
    failure: failure === undefined ? undefined : failureText(failure),
  };
}

function stateOf(resource: ResourceStatus | undefined, failed: boolean): FenceView["state"] {
  if (resource === undefined) return "unknown";
  if (failed || resource.failed) return "failed";
  return resource.active ? "working" : "stopped";
}

/** A parameter of a device, with what the agent says of it. */
export interface FenceParameter {
  readonly name: string;
  /** Undefined for a secret. */
  readonly value: string | undefined;
  readonly help: string;
}

export interface FenceDetail extends FenceView {
  readonly parameters: readonly FenceParameter[];
  /** Where the values of secrets are; empty where there are none, or no cluster runs. */
  readonly secrets: readonly SecretsOnNode[];
  /** Secrets that stand in the cluster's configuration, for everyone to read. */
  readonly open: readonly string[];
  readonly notOn: readonly string[];
}

/**
 * Everything about a fence device but its secrets.
 *
 * @throws HavenError cib.not-found, pacemaker.*
 */
export async function fenceShow(environment: Environment, id: string): Promise<FenceDetail> {
  const { pacemaker, signal } = environment;
  const [text, status] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    pacemaker.status({ signal, fenceHistory: "none" }),
  ]);
  const cib = Cib.parse(text);
  const device = findDevice(fenceDevices(cib, isSecretParameter), id);
  const help = await helpOf(environment, device.agent);
  const shown = [...device.parameters].map(([name, value]) => ({ name, value, help: help.get(name) ?? "" }));
  const secret = [...device.hidden, ...device.open].map((name) => ({
    name,
    value: undefined,
    help: help.get(name) ?? "",
  }));
  const members = cib.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
  const secrets =
    environment.isLive && device.hidden.length > 0 ? await secretsOnNodes(environment, device, members) : [];
  return {
    ...view(device, status),
    parameters: [...shown, ...secret],
    secrets,
    open: device.open,
    notOn: device.notOn,
  };
}

/** The agent's words on its parameters; none where it is not installed here. */
async function helpOf(environment: Environment, agent: string): Promise<ReadonlyMap<string, string>> {
  try {
    const text = await environment.pacemaker.fenceAgentMetadata(agent, { signal: environment.signal });
    const { parameters } = parseAgentMetadata(text, agent);
    return new Map(parameters.map(({ name, short }) => [name, short]));
  } catch {
    return new Map();
  }
}
