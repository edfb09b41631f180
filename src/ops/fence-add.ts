import { HavenError, isHavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { type FenceKind, fenceKind, fenceKinds, isSecretParameter } from "../contract/fence-kinds.ts";
import { type AgentMetadata, parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { nodeAddresses } from "../power/heard.ts";
import { commitChange } from "./commit-change.ts";
import { deviceInside } from "./device-inside.ts";
import type { Environment } from "./environment.ts";
import { fenceParameterProblems, noDevice, outletProblems } from "./fence-check.ts";
import { canShoot, type FenceHost, fenceDevices } from "./fence-devices.ts";
import { addToLevels } from "./fence-levels.ts";
import { buildFenceResources, FenceIds, type FenceResource } from "./fence-resource.ts";
import { spreadSecrets } from "./fence-secrets.ts";
import { withSupplies } from "./fence-supplies.ts";
import { list } from "./wait-vms.ts";
import { watchdogNodeProblems, watchdogProblems } from "./watchdog-check.ts";
import { watchdogAgent, watchdogDevice } from "./watchdog-fencing.ts";
import { allowWatchdogTime, watchdogLevelProblems } from "./watchdog-levels.ts";
import { writeFenceResource } from "./write-fence-resource.ts";

export interface FenceAddOptions {
  /** A kind's name ("ipmi") or an agent's ("fence_ipmilan"). */
  readonly kind: string;
  readonly hosts: readonly FenceHost[];
  readonly values: Readonly<Record<string, string>>;
  /** Values that are kept beside the CIB, on every node. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly id?: string | undefined;
  /** The level of the nodes' escalation that it is put in, 1 to 9. */
  readonly level?: number | undefined;
  /** In the place of the device of that id. */
  readonly replace?: boolean;
  /** Also a kind that is for tests only or that switches nothing, and where a node cannot be given the secrets now. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface FenceAddResult {
  /** The resources that were made. */
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly plan: readonly string[];
  readonly effect: readonly string[];
  /** Nodes that have not got the secrets: the device does not work from there. */
  readonly withoutSecrets: readonly string[];
}

/**
 * Adds a fence device: its parameters are checked against what the agent says of itself, and nothing is written
 * unless all is right. Secrets are put on every node before the cluster knows the device.
 *
 * @throws HavenError agent.unknown, fence.invalid with all problems, fence.secret, vm.declined, pacemaker.*
 */
export async function fenceAdd(environment: Environment, request: FenceAddOptions): Promise<FenceAddResult> {
  const { pacemaker, signal } = environment;
  const kind = fenceKind(request.kind);
  const agent = kind?.agent ?? request.kind;
  // Pacemaker knows the watchdog by one name, which nobody has to say.
  const options = agent === watchdogAgent ? { ...request, id: request.id ?? watchdogDevice } : request;
  environment.progress(`Asking ${agent} what it takes`);
  const metadata = await metadataOf(environment, agent, options.kind);
  const cib = Cib.parse(await pacemaker.queryCib({ signal }));
  const quorum = await pacemaker.quorum({ signal });
  refuse([
    ...problemsOf(cib, options, kind, metadata),
    ...(agent === watchdogAgent ? watchdogProblems(cib, options, quorum) : []),
    ...(await insideProblems(environment, options)),
  ]);
  if (agent === watchdogAgent) {
    refuse(await watchdogNodeProblems(environment, cib, { force: options.force === true }));
  }
  const resources = resourcesOf(cib, options, { kind, agent, canRace: quorum?.twoNode ?? true });
  const names = resources.map(({ id }) => id);
  let plan: readonly string[] = [];
  let withoutSecrets: readonly string[] = [];
  const edit = (editor: CibEditor): void => {
    plan = write(editor, resources, options, kind);
  };
  const trial = new (await import("../pacemaker/cib-editor.ts")).CibEditor(cib);
  edit(trial);
  const switched = watchdogLevelProblems(trial.cib).filter(({ node }) =>
    options.hosts.some((host) => host.node === node),
  );
  refuse(switched.map(({ text, next }) => `${text}: ${next}`));
  const { committed, effect } = await commitChange(environment, edit, {
    question: `Add ${list(names)}?`,
    own: [...names, ...replacedBy(cib, options)],
    ask: "always",
    dryRun: options.dryRun,
    plan,
    prepare: async () => {
      withoutSecrets = await spreadSecrets(environment, resources, { force: options.force === true });
    },
  });
  return { names, committed, plan, effect, withoutSecrets };
}

/** @throws HavenError fence.invalid, where there are any */
function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new HavenError("fence.invalid", { problems });
}

/** @throws HavenError agent.unknown with what is nearest to it, or with what to install */
async function metadataOf(environment: Environment, agent: string, asked: string): Promise<AgentMetadata> {
  const { pacemaker, signal } = environment;
  try {
    return parseAgentMetadata(await pacemaker.fenceAgentMetadata(agent, { signal }), agent);
  } catch (error) {
    if (!isHavenError(error, "agent.unknown")) throw error;
    const known = fenceKind(asked);
    if (known !== undefined) {
      const hint = `Install it on every node: apt-get install ${known.package} (Debian 12: fence-agents)`;
      throw new HavenError("agent.unknown", { agent, hint });
    }
    const agents = await pacemaker.fenceAgents({ signal });
    const like = nearest(asked, [...fenceKinds.map(({ name }) => name), ...agents]);
    const kinds = fenceKinds.map(({ name }) => name).join(", ");
    const hint =
      like === undefined ? `The kinds are ${kinds}; any installed agent will do` : `Did you mean ${like}?`;
    throw new HavenError("agent.unknown", { agent: asked, hint });
  }
}

function problemsOf(
  cib: Cib,
  options: FenceAddOptions,
  kind: FenceKind | undefined,
  metadata: AgentMetadata,
): readonly string[] {
  const { hosts, values, secrets } = options;
  const agent = kind?.agent ?? options.kind;
  const request = { agent, kind, hosts, values, secrets: Object.keys(secrets) };
  const devices = fenceDevices(cib, isSecretParameter);
  const replaced = replacedBy(cib, options);
  return [
    ...unsuitable(options, kind, agent),
    ...hostProblems(cib, hosts),
    ...idProblems(cib, options, agent),
    ...fenceParameterProblems(request, metadata),
    ...outletProblems(
      { ...request, values: { ...kind?.preset, ...values } },
      devices.filter((device) => !replaced.includes(device.id)),
    ),
  ];
}

/** Without a cluster nobody knows a node's addresses; kdump is the word of the server itself, and says so. */
async function insideProblems(
  environment: Environment,
  { kind, hosts, values, force }: FenceAddOptions,
): Promise<readonly string[]> {
  if (!environment.isLive || force === true || fenceKind(kind)?.name === "kdump") return [];
  return await deviceInside(environment, hosts, values, (node) => nodeAddresses({ node }));
}

/** A kind for tests only, or an agent that cuts no power: with --force all the same. */
function unsuitable(
  { force }: FenceAddOptions,
  kind: FenceKind | undefined,
  agent: string,
): readonly string[] {
  if (force === true) return [];
  const why =
    kind?.testsOnly === undefined ? noDevice(agent) : `${kind.name} is for tests only: ${kind.testsOnly}`;
  return why === undefined ? [] : [`${why}; with --force it is added all the same`];
}

function hostProblems(cib: Cib, hosts: readonly FenceHost[]): readonly string[] {
  const nodes = cib.nodes.map(({ name }) => name);
  if (hosts.length === 0) return [`Which servers does it switch? --for NODE, one of ${nodes.join(", ")}`];
  const problems = hosts.flatMap(({ node }) => {
    if (nodes.includes(node)) return [];
    const like = nearest(node, nodes);
    return [
      `There is no node ${node}${like === undefined ? `: the nodes are ${nodes.join(", ")}` : `; did you mean --for ${like}?`}`,
    ];
  });
  const twice = hosts.find(({ node }, at) => hosts.findIndex((one) => one.node === node) !== at);
  if (twice !== undefined) {
    problems.push(`${twice.node} is named twice: give its outlets together, --for ${twice.node}=1,2`);
  }
  if (nodes.length === 1) problems.push("The cluster has one node, and no other one that could shoot it");
  return problems;
}

function idProblems(cib: Cib, { id, replace }: FenceAddOptions, agent: string): readonly string[] {
  if (id === undefined)
    return replace === true ? ["--replace needs --id with the device that it replaces"] : [];
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/.test(id)) {
    return [`--id: expected a name of letters, digits, dots, dashes and underscores, found ${id}`];
  }
  const there = cib.byId(id);
  if (there === undefined) return replace === true ? [`There is no ${id} to replace`] : [];
  if (replace !== true) return [`${id} is there already: another --id, or --replace`];
  const isDevice = there.name === "primitive" && there.get("class") === "stonith";
  return isDevice ? [] : [`${id} is no fence device, and cannot be replaced by ${agent}`];
}

/** The resources in whose place the new ones come. */
function replacedBy(cib: Cib, { id, replace }: FenceAddOptions): readonly string[] {
  if (replace !== true || id === undefined) return [];
  return withSupplies(fenceDevices(cib, isSecretParameter), id);
}

function resourcesOf(
  cib: Cib,
  options: FenceAddOptions,
  {
    kind,
    agent,
    canRace,
  }: {
    readonly kind: FenceKind | undefined;
    readonly agent: string;
    /** Whether two nodes that lose each other both have quorum. */
    readonly canRace: boolean;
  },
): readonly FenceResource[] {
  const taken = cib.resources.map(({ id }) => id);
  const replaced = replacedBy(cib, options);
  const ids = new FenceIds(taken.filter((id) => !replaced.includes(id)));
  return buildFenceResources(
    {
      agent,
      hosts: options.hosts,
      parameters: { ...kind?.preset, ...options.values },
      secrets: options.secrets,
      single: kind?.single ?? false,
      offSeconds: kind === undefined ? 60 : kind.offSeconds,
      nodes: canRace ? cib.nodes.map(({ name }) => name) : [],
      id: options.id,
    },
    ids,
  );
}

/** Writes it all, and says what that is. */
function write(
  editor: CibEditor,
  resources: readonly FenceResource[],
  options: FenceAddOptions,
  kind: FenceKind | undefined,
): readonly string[] {
  const lines: string[] = [];
  const before = fenceDevices(editor.cib, isSecretParameter);
  for (const resource of resources) {
    const { id, agent, hosts } = resource;
    writeFenceResource(editor, resource, true);
    const shot = hosts.map(({ node, plugs }) =>
      plugs.length === 0 ? node : `${node} by outlet ${plugs.join(" and ")}`,
    );
    lines.push(`+ ${id}: ${agent} shoots ${shot.join(", ")}`);
  }
  const ids = resources.map(({ id }) => id);
  for (const id of replacedBy(editor.cib, options).filter((one) => !ids.includes(one))) {
    editor.removeResource(id);
    lines.push(`- ${id}`);
  }
  for (const { node } of options.hosts) {
    const devices = resources
      .filter(({ hosts }) => hosts.some((host) => host.node === node))
      .map(({ id }) => id);
    const others = before.filter(({ id }) => !ids.includes(id)).filter((device) => canShoot(device, node));
    const wish = { node, devices, level: options.level, others: others.map(({ id }) => id) };
    lines.push(...addToLevels(editor, { ...wish, isLast: kind?.isLast === true }));
  }
  lines.push(...allowWatchdogTime(editor));
  if (before.length === 0 && editor.cib.property("stonith-enabled") === "false") {
    editor.setProperties({ "stonith-enabled": true });
    lines.push("Fencing is switched on (stonith-enabled=true)");
  }
  return lines;
}
