import { HavenError } from "../base/errors.ts";
import type { NodeUtilization } from "../host/node-capacity.ts";
import type { CibEditor, NvValues } from "../pacemaker/cib-editor.ts";
import { placeVms } from "../vm/place-vms.ts";
import { settingsSet } from "../vm/settings-in-cib.ts";
import { sharedMeta, vmTemplate, vmTemplateIds } from "../vm/vm-template.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { fenceOffSeconds, fenceResources } from "./cluster-fencing.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { addToLevels } from "./fence-levels.ts";
import { priorityFencingDelay } from "./fence-resource.ts";
import { operation, pairs } from "./resource-parts.ts";
import { allowWatchdogTime } from "./watchdog-levels.ts";
import { writeFenceResource } from "./write-fence-resource.ts";

/** What the configuration is made of besides the plan. */
export interface ConfigurationInput {
  readonly plan: ClusterPlan;
  /** By node name. */
  readonly ids: ReadonlyMap<string, number>;
  readonly utilization: ReadonlyMap<string, NodeUtilization>;
  /** The program to be told of events; undefined where it is not installed. */
  readonly alertPath: string | undefined;
  /** How long after its loss a node counts as dead by its own watchdog; 0: never, undefined: as it is. */
  readonly watchdogSeconds?: number | undefined;
  /** Whether values of parameters can be kept beside the CIB (Pacemaker's cibsecret). */
  readonly secretsBeside: boolean;
}

const pingId = "haven-ping";
/** Where the ping agent counts, and what crm_mon looks for. */
const pingAttribute = "pingd";
/** What each ping target that a node sees is worth: more than stickiness and preference together. */
const pingScore = 20_000;
const stickiness = 10_000;

const pingAttempts = 2;
/** Seconds that it waits for an answer. */
const pingTimeout = 2;
/** Seconds until a target that is dead counts as dead; targets are asked one after the other. */
const pingSeconds = pingAttempts - 1 + pingTimeout;

/**
 * Puts everything that cluster set-up is responsible for into a configuration: an empty one before the first
 * start, or a running cluster's. What the plan says is set; defaults are set only where nothing is yet.
 */
export function configureCluster(editor: CibEditor, input: ConfigurationInput): void {
  const { plan } = input;
  setProperties(editor, input);
  setDefaults(editor, plan);
  if (editor.cib.byId(vmTemplateIds.template) === undefined) editor.addResource(vmTemplate());
  setNodes(editor, input);
  setPing(editor, plan);
  setFencing(editor, input);
  // Devices may take longer than before, in front of a watchdog that was added by hand.
  allowWatchdogTime(editor);
  if (input.alertPath !== undefined) setAlert(editor, input.alertPath);
}

function setFencing(editor: CibEditor, { plan, secretsBeside }: ConfigurationInput): void {
  const resources = fenceResources(plan);
  for (const resource of resources) writeFenceResource(editor, resource, secretsBeside);
  for (const { name: node } of plan.nodes) {
    const own = resources.filter(({ hosts }) => hosts.some((host) => host.node === node));
    for (const { supplyOf } of own.filter(({ id, supplyOf: first }) => id === first)) {
      const devices = own.filter((one) => one.supplyOf === supplyOf).map(({ id }) => id);
      if (devices.length < 2) continue;
      const others = own.map(({ id }) => id).filter((id) => !devices.includes(id));
      addToLevels(editor, { node, devices, level: undefined, others, isLast: false });
    }
  }
}

function setProperties(editor: CibEditor, { plan, watchdogSeconds }: ConfigurationInput): void {
  const { tuning = {}, nodes } = plan;
  const selfFenced = (watchdogSeconds ?? 0) > 0;
  const fenced = plan.fencing.length > 0 || selfFenced;
  if (selfFenced) checkQuorumPolicy(editor);
  const wanted: NvValues = {
    "cluster-name": plan.name,
    ...(fenced ? { "stonith-enabled": true } : {}),
    ...(watchdogSeconds === undefined
      ? {}
      : { "stonith-watchdog-timeout": selfFenced ? `${watchdogSeconds}s` : undefined }),
    ...(tuning.dcDeadtimeS === undefined ? {} : { "dc-deadtime": `${tuning.dcDeadtimeS}s` }),
    ...(tuning.batchLimit === undefined ? {} : { "batch-limit": tuning.batchLimit }),
    ...(tuning.migrationLimit === undefined ? {} : { "migration-limit": tuning.migrationLimit }),
    ...(tuning.fenceOffS === undefined ? {} : { "stonith-timeout": `${tuning.fenceOffS + 60}s` }),
  };
  const defaults: NvValues = {
    "stonith-enabled": false,
    "no-quorum-policy": "stop",
    "placement-strategy": "balanced",
    "start-failure-is-fatal": false,
    "stonith-timeout": `${fenceOffSeconds(plan) + 60}s`,
    // Only a partition without majority waits: where two nodes part, the one whose VMs have less priority is fenced.
    ...(plan.quorumDevice === undefined ? { "priority-fencing-delay": priorityFencingDelay } : {}),
    "batch-limit": Math.min(32, Math.max(12, nodes.length)),
    "migration-limit": nodes.length > 8 ? 5 : 3,
    // Guests make a host's load: at the usual 80 % Pacemaker would do one thing at a time, fencing among them.
    "load-threshold": "1000%",
  };
  editor.setProperties({ ...missing(defaults, (name) => editor.cib.property(name)), ...wanted });
  // Pacemaker counts nodes: the one that goes on by the third vote would still wait before it shoots. A value that
  // somebody has chosen stays.
  const isOurs = editor.cib.property("priority-fencing-delay") === priorityFencingDelay;
  if (plan.quorumDevice !== undefined && isOurs)
    editor.setProperties({ "priority-fencing-delay": undefined });
  const settings: NvValues = {
    "expected-vms": plan.expectedVms,
    ...(tuning.cpuOvercommit === undefined ? {} : { "cpu-overcommit": tuning.cpuOvercommit }),
  };
  const before = editor.cib.properties(settingsSet);
  const own = missing({ "cpu-overcommit": 4 }, (name) => before.get(name));
  editor.setProperties({ ...own, ...settings }, settingsSet);
}

/**
 * A node without quorum resets itself, and the others count on it. With any other policy they must not start what it
 * may still run.
 */
function checkQuorumPolicy({ cib }: CibEditor): void {
  const policy = cib.property("no-quorum-policy") ?? "stop";
  if (/^(stop|freeze|suicide|fence)$/.test(policy)) return;
  const problems = [`no-quorum-policy is ${policy}: SBD without a disk relies on stop`];
  throw new HavenError("cluster.refused", { what: "the cluster goes on without quorum", problems });
}

function missing(defaults: NvValues, current: (name: string) => string | undefined): NvValues {
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => current(name) === undefined));
}

/**
 * Defaults of all resources. Those of VMs are written only where the cluster has none at all: in one that runs they
 * would change what holds for an administrator's own resources.
 */
function setDefaults(editor: CibEditor, plan: ClusterPlan): void {
  const sets = editor.cib.section("rsc_defaults")?.all("meta_attributes") ?? [];
  const present = new Set(sets.flatMap((set) => set.all("nvpair").map((pair) => pair.get("name"))));
  const wanted = plan.tuning?.stickiness;
  const isNew = !present.has("resource-stickiness");
  const defaults: NvValues = isNew ? { "resource-stickiness": stickiness, ...sharedMeta } : {};
  editor.setResourceDefaults({
    ...missing(defaults, (name) => (present.has(name) ? "" : undefined)),
    ...(wanted === undefined ? {} : { "resource-stickiness": wanted }),
  });
}

function setNodes(editor: CibEditor, { plan, ids, utilization }: ConfigurationInput): void {
  for (const { name } of plan.nodes) {
    if (editor.cib.node(name) === undefined) {
      // Not by the editor's own way: a node's id is corosync's number, which is no XML id.
      const section = editor.section("nodes");
      editor.cib.insert(section, xml("node", { id: ids.get(name), uname: name }), section.children.length);
    }
    const has = utilization.get(name);
    if (has !== undefined) editor.setNodeUtilization(name, { memory: has.memoryMiB, cpu: has.cpu });
  }
  // A new node has room for VMs that are kept apart, as every other one.
  placeVms(editor, []);
}

/**
 * Every node pings the targets. The rule compares nodes by how many they see, so that nothing moves or stops when
 * the targets themselves die. A node that has not pinged yet counts as seeing all: a VM must not move because a
 * node has just started.
 */
function setPing(editor: CibEditor, plan: ClusterPlan): void {
  const { pingTargets, tuning = {} } = plan;
  const rule = "haven-connectivity";
  if (pingTargets.length === 0) {
    if (editor.cib.byId(pingId) !== undefined) editor.removeResource(pingId);
    editor.remove(rule);
    return;
  }
  const interval = tuning.pingIntervalS ?? 10;
  const parameters: NvValues = {
    host_list: pingTargets.join(" "),
    name: pingAttribute,
    multiplier: pingScore,
    attempts: pingAttempts,
    timeout: pingTimeout,
    // Longer than all nodes need to notice the same thing, or they would differ for a moment and VMs move.
    dampen: `${Math.max(tuning.pingDampenS ?? 30, interval + pingTargets.length * pingSeconds)}s`,
  };
  if (editor.cib.byId(pingId) === undefined) {
    const primitive = xml("primitive", { id: pingId, class: "ocf", provider: "pacemaker", type: "ping" }, [
      pairs("instance_attributes", `${pingId}-params`, parameters),
      xml("operations", {}, [
        operation(pingId, "monitor", `${interval}s`, "60s"),
        operation(pingId, "start", "0s", "60s"),
        operation(pingId, "stop", "0s", "20s"),
      ]),
    ]);
    editor.addResource(xml("clone", { id: `${pingId}-clone` }, [primitive]));
  } else {
    editor.setNvpairs(pingId, "instance_attributes", parameters, `${pingId}-params`);
    if (tuning.pingIntervalS !== undefined) {
      editor.replace(operation(pingId, "monitor", `${interval}s`, "60s"));
    }
  }
  const expression = (operator: string): XmlElement =>
    xml("expression", { id: `${rule}-${operator}-test`, attribute: pingAttribute, operation: operator });
  const all = pingScore * pingTargets.length;
  editor.put(
    "constraints",
    xml("rsc_location", { id: rule, "rsc-pattern": "^vm-" }, [
      xml("rule", { id: `${rule}-defined`, "score-attribute": pingAttribute }, [expression("defined")]),
      xml("rule", { id: `${rule}-not_defined`, score: all }, [expression("not_defined")]),
    ]),
  );
}

function setAlert(editor: CibEditor, path: string): void {
  const id = "haven-alert";
  if (editor.cib.byId(id)?.get("path") === path) return;
  editor.setAlert(xml("alert", { id, path }, [pairs("meta_attributes", `${id}-meta`, { timeout: "30s" })]));
}
