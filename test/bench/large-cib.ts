import { createHash } from "node:crypto";
import { toCib } from "../../src/vm/to-cib.ts";
import { sharedMeta, vmTemplate } from "../../src/vm/vm-template.ts";
import { escapeXml, writeXml } from "../../src/xml/write.ts";
import { benchVm } from "./bench-vm.ts";

export interface LargeCibOptions {
  readonly nodes?: number;
  readonly vms?: number;
  /** So many of the nodes are of the cluster; the others are Pacemaker Remote nodes, whose connections those hold. Default: all. */
  readonly members?: number;
  /** With the result of every VM's probe on every node, as a real cluster has them. Default true. */
  readonly probes?: boolean;
}

/**
 * The CIB that figures of a large cluster are measured on: 24 nodes in four chassis and 400 VMs, laid out as Haven
 * writes them, all running, with probe results (some 6 MB). The same text at every call. Operations
 * carry the digests that Pacemaker would have recorded, so the scheduler sees a cluster at rest. The feature set is that
 * of Pacemaker 2.1.5, which refuses any change of a file with a later one (exit code 76); digests are as 3.0 makes them.
 */
export function largeCib(options: LargeCibOptions = {}): string {
  const members = options.members ?? Number.POSITIVE_INFINITY;
  const nodes = range(options.nodes ?? 24).map((i) => {
    const name = `node${i + 1}`;
    return i < members ? { id: String(i + 1), name } : { id: name, name, holder: i % members };
  });
  const remote = nodes.filter(({ holder }) => holder !== undefined);
  const vms = range(options.vms ?? 400).map((i) => placed(i, nodes.length));
  const chassis = range(Math.ceil(nodes.length / 6)).map((i) => `fence-chassis${i + 1}`);
  const status = nodes.map((node, place) =>
    nodeState(node, place, { vms, chassis, remote, probes: options.probes !== false }),
  );
  return [
    `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" epoch="1200" num_updates="40" admin_epoch="0"`,
    ` cib-last-written="Mon Jun  1 12:00:00 2026" update-origin="node1" update-client="cibadmin" update-user="root"`,
    ` have-quorum="1" dc-uuid="1">\n  <configuration>\n`,
    crmConfig(),
    `    <nodes>\n${nodes.map(nodeConfig).join("")}    </nodes>\n`,
    `    <resources>\n${writeXml(vmTemplate())}\n${vms.map(({ primitive }) => primitive).join("")}${chassis.map(fenceConfig).join("")}${remote.map(remoteConfig).join("")}${ping}    </resources>\n`,
    `    <constraints>${connected}${vms.map(({ constraints }) => constraints).join("")}</constraints>\n`,
    `    <rsc_defaults><meta_attributes id="rsc-options">${nvpairs("rsc-options", { "resource-stickiness": 10_000, ...sharedMeta })}</meta_attributes></rsc_defaults>\n`,
    `  </configuration>\n  <status>\n${status.join("")}  </status>\n</cib>\n`,
  ].join("");
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function nvpairs(set: string, values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(
      ([name, value]) => `<nvpair id="${set}-${name}" name="${name}" value="${escapeXml(String(value))}"/>`,
    )
    .join("");
}

function crmConfig(): string {
  const set = "cib-bootstrap-options";
  const values = {
    "have-watchdog": "false",
    "dc-version": "2.1.5-a3f44794f94",
    "cluster-infrastructure": "corosync",
    "cluster-name": "large",
    "stonith-enabled": "true",
    "placement-strategy": "balanced",
    "no-quorum-policy": "stop",
    "start-failure-is-fatal": "false",
    "batch-limit": 24,
    "migration-limit": 5,
    "priority-fencing-delay": "15s",
  };
  return `    <crm_config><cluster_property_set id="${set}">${nvpairs(set, values)}</cluster_property_set></crm_config>\n`;
}

function nodeConfig(node: Node): string {
  const kind = node.holder === undefined ? "" : ` type="remote"`;
  const set = `nodes-${node.id}-utilization`;
  const values = nvpairs(set, { memory: 248_000, cpu: 128 });
  return `      <node id="${node.id}" uname="${node.name}"${kind}><utilization id="${set}">${values}</utilization></node>\n`;
}

const pingParameters = { attempts: 3, dampen: "90s", host_list: "10.0.0.1 10.0.0.2", multiplier: 1000 };
const chassisParameters = { ip: "10.0.9.1", pcmk_host_check: "dynamic-list", snmp_version: "3" };

const ping = `      <clone id="ping-clone"><primitive id="ping" class="ocf" provider="pacemaker" type="ping"><instance_attributes id="ping-params">${nvpairs(
  "ping-params",
  pingParameters,
)}</instance_attributes><operations><op id="ping-monitor" name="monitor" interval="10s" timeout="60s"/></operations></primitive></clone>\n`;

function fenceConfig(id: string): string {
  const values = nvpairs(`${id}-params`, chassisParameters);
  return `      <primitive id="${id}" class="stonith" type="fence_haven_chassis"><instance_attributes id="${id}-params">${values}</instance_attributes><operations><op id="${id}-monitor" name="monitor" interval="60s" timeout="60s"/></operations></primitive>\n`;
}

const connected = `<rsc_location id="haven-vm-connected" rsc-pattern="^vm-"><rule id="haven-vm-connected-rule" score-attribute="pingd"><expression id="haven-vm-connected-rule-expr" attribute="pingd" operation="defined"/></rule></rsc_location>`;

const remoteParameters = (name: string) => ({ reconnect_interval: "60s", server: `${name}.example` });

/** The connection to a Pacemaker Remote node. */
function remoteConfig({ name }: Node): string {
  const values = nvpairs(`${name}-params`, remoteParameters(name));
  return `      <primitive id="${name}" class="ocf" provider="pacemaker" type="remote"><instance_attributes id="${name}-params">${values}</instance_attributes><operations><op id="${name}-monitor" name="monitor" interval="60s" timeout="30s"/></operations></primitive>\n`;
}

/** A VM as Haven writes it into a cluster whose defaults are what set-up makes them. */
function placed(number: number, nodes: number): Placed {
  const { primitive, constraints } = toCib(benchVm(number, nodes), {
    defaults: new Map(Object.entries(sharedMeta)),
  });
  const pairs = primitive.child("instance_attributes")?.all("nvpair") ?? [];
  return {
    name: primitive.get("id") ?? "",
    at: number % nodes,
    primitive: `      ${writeXml(primitive)}\n`,
    constraints: constraints.map((constraint) => writeXml(constraint)).join(""),
    parameters: Object.fromEntries(
      pairs.map((pair) => [pair.get("name") ?? "", pair.get("value") ?? ""]).sort(),
    ),
  };
}

interface Placed {
  /** The resource's id. */
  readonly name: string;
  /** Which node it runs on, from 0. */
  readonly at: number;
  readonly primitive: string;
  readonly constraints: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Node {
  readonly id: string;
  readonly name: string;
  /** Which node has the connection to it, from 0; undefined where it is none of Pacemaker Remote. */
  readonly holder?: number;
}

/** What there is beside the nodes. */
interface Around {
  readonly vms: readonly Placed[];
  readonly chassis: readonly string[];
  readonly remote: readonly Node[];
  readonly probes: boolean;
}

/** One resource's history on a node: running there, or found not running by the probe. */
interface History {
  readonly id: string;
  readonly what: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly runs: boolean;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

function nodeState(node: Node, place: number, { vms, chassis, remote, probes }: Around): string {
  let call = 10;
  const write = (history: History): string => {
    if (!history.runs && !probes) return "";
    call += 3;
    return resourceHistory(history, node, call);
  };
  const lines = [
    ...vms.map((vm) =>
      write({
        id: vm.name,
        what: `type="Domain" class="ocf" provider="haven"`,
        parameters: vm.parameters,
        runs: vm.at === place,
        everyMs: 10_000,
        timeoutMs: 30_000,
      }),
    ),
    ...remote
      .filter(({ holder }) => holder === place)
      .map(({ name }) =>
        write({
          ...{ id: name, what: `type="remote" class="ocf" provider="pacemaker"`, runs: true },
          ...{ parameters: remoteParameters(name), everyMs: 60_000, timeoutMs: 30_000 },
        }),
      ),
    ...chassis.map((id, i) =>
      write({
        id,
        what: `type="fence_haven_chassis" class="stonith"`,
        parameters: chassisParameters,
        runs: i * 6 === place,
        everyMs: 60_000,
        timeoutMs: 60_000,
      }),
    ),
    write({
      id: "ping",
      what: `type="ping" class="ocf" provider="pacemaker"`,
      parameters: pingParameters,
      runs: true,
      everyMs: 10_000,
      timeoutMs: 60_000,
    }),
  ];
  const of =
    node.holder === undefined
      ? `in_ccm="true" crmd="online" join="member" expected="member"`
      : `remote_node="true" in_ccm="true" node_fenced="0"`;
  return (
    `    <node_state id="${node.id}" uname="${node.name}" ${of} crm-debug-origin="do_update_resource">\n` +
    `      <transient_attributes id="${node.id}"><instance_attributes id="status-${node.id}"><nvpair id="status-${node.id}-pingd" name="pingd" value="2000"/></instance_attributes></transient_attributes>\n` +
    `      <lrm id="${node.id}"><lrm_resources>\n${lines.join("")}        </lrm_resources></lrm>\n    </node_state>\n`
  );
}

function resourceHistory(history: History, node: Node, call: number): string {
  const { id, parameters, everyMs, timeoutMs } = history;
  const once = digestOf(parameters, 0);
  const again = digestOf(parameters, timeoutMs);
  const ops = history.runs
    ? operation({ id, task: "start", everyMs: 0, rc: 0, call, digest: once }, node) +
      operation({ id, task: "monitor", everyMs, rc: 0, call: call + 1, digest: again }, node)
    : operation({ id, task: "monitor", everyMs: 0, rc: 7, call, digest: once }, node);
  return `          <lrm_resource id="${id}" ${history.what}>${ops}</lrm_resource>\n`;
}

const digests = new WeakMap<object, Map<number, string>>();

/** The digest of an operation with that timeout; 0 for one that none is counted of. Each is asked for on every node. */
function digestOf(parameters: History["parameters"], timeoutMs: number): string {
  const known = digests.get(parameters) ?? new Map<number, string>();
  digests.set(parameters, known);
  const made = known.get(timeoutMs);
  if (made !== undefined) return made;
  const fresh = digest(timeoutMs === 0 ? parameters : { CRM_meta_timeout: timeoutMs, ...parameters });
  known.set(timeoutMs, fresh);
  return fresh;
}

/** As calculate_operation_digest of Pacemaker: the parameters, sorted by name, on a line with a space before it. */
function digest(parameters: Readonly<Record<string, string | number>>): string {
  const list = Object.entries(parameters).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`);
  return createHash("md5")
    .update(` <parameters${list.join("")}/>\n`)
    .digest("hex");
}

interface Operation {
  readonly id: string;
  readonly task: string;
  readonly everyMs: number;
  readonly rc: number;
  readonly call: number;
  readonly digest: string;
}

function operation(op: Operation, node: Node): string {
  const key = `${op.call}:1:${op.rc}:5b1a9c1e-0f1d-4b9e-9a53-0d6e5d3c7a11`;
  return (
    `<lrm_rsc_op id="${op.id}_${op.everyMs === 0 ? "last" : op.task}_${op.everyMs}" operation_key="${op.id}_${op.task}_${op.everyMs}"` +
    ` operation="${op.task}" crm_feature_set="3.16.1" transition-key="${key}" transition-magic="0:${op.rc};${key}"` +
    ` exit-reason="" on_node="${node.name}" call-id="${op.call}" rc-code="${op.rc}" op-status="0" interval="${op.everyMs}"` +
    ` last-rc-change="1780315200" exec-time="17" queue-time="0" op-digest="${op.digest}"/>`
  );
}
