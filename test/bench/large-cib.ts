import { createHash } from "node:crypto";
import { vmMeta } from "../../src/vm/vm-template.ts";
import { escapeXml } from "../../src/xml/write.ts";

export interface LargeCibOptions {
  readonly nodes?: number;
  readonly vms?: number;
  /** With the result of every VM's probe on every node, as a real cluster has them. Default true. */
  readonly probes?: boolean;
}

/**
 * The CIB that figures of a large cluster are measured on: 24 nodes in four chassis and 400 VMs, laid out as Haven
 * writes them, all running, with probe results (some 5 MB). The same text at every call. Operations
 * carry the digests that Pacemaker would have recorded, so the scheduler sees a cluster at rest.
 */
export function largeCib(options: LargeCibOptions = {}): string {
  const nodes = range(options.nodes ?? 24).map((i) => ({ id: i + 1, name: `node${i + 1}` }));
  const vms = range(options.vms ?? 400).map((i) => ({
    name: `vm-app${i + 1}`,
    at: i % nodes.length,
    number: i,
  }));
  const chassis = range(Math.ceil(nodes.length / 6)).map((i) => `fence-chassis${i + 1}`);
  const status = nodes.map((node, place) => nodeState(node, place, vms, chassis, options.probes !== false));
  return [
    `<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.8" epoch="1200" num_updates="40" admin_epoch="0"`,
    ` cib-last-written="Mon Jun  1 12:00:00 2026" update-origin="node1" update-client="cibadmin" update-user="root"`,
    ` have-quorum="1" dc-uuid="1">\n  <configuration>\n`,
    crmConfig(),
    `    <nodes>\n${nodes.map(nodeConfig).join("")}    </nodes>\n`,
    `    <resources>\n${template}${vms.map(vmConfig).join("")}${chassis.map(fenceConfig).join("")}${ping}    </resources>\n`,
    constraints(vms.map((vm) => vm.name)),
    `    <rsc_defaults><meta_attributes id="rsc-options">${nvpairs("rsc-options", { "resource-stickiness": 10_000 })}</meta_attributes></rsc_defaults>\n`,
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

function nodeConfig(node: { readonly id: number; readonly name: string }): string {
  const set = `nodes-${node.id}-utilization`;
  const values = nvpairs(set, { memory: 248_000, cpu: 128 });
  return `      <node id="${node.id}" uname="${node.name}"><utilization id="${set}">${values}</utilization></node>\n`;
}

const pingParameters = { attempts: 3, dampen: "90s", host_list: "10.0.0.1 10.0.0.2", multiplier: 1000 };
const chassisParameters = { ip: "10.0.9.1", pcmk_host_check: "dynamic-list", snmp_version: "3" };

const template = `      <template id="haven-vm" class="ocf" provider="haven" type="Domain"><meta_attributes id="haven-vm-meta">${nvpairs(
  "haven-vm-meta",
  vmMeta,
)}</meta_attributes><operations id="haven-vm-ops">${[
  ["monitor", "10s", "30s", ""],
  ["start", "0s", "120s", ""],
  ["stop", "0s", "180s", ' on-fail="fence"'],
  ["migrate_to", "0s", "600s", ' on-fail="block"'],
  ["migrate_from", "0s", "600s", ""],
]
  .map(
    ([name, interval, timeout, more]) =>
      `<op id="haven-vm-${name}" name="${name}" interval="${interval}" timeout="${timeout}"${more}/>`,
  )
  .join("")}</operations></template>\n`;

const ping = `      <clone id="ping-clone"><primitive id="ping" class="ocf" provider="pacemaker" type="ping"><instance_attributes id="ping-params">${nvpairs(
  "ping-params",
  pingParameters,
)}</instance_attributes><operations><op id="ping-monitor" name="monitor" interval="10s" timeout="60s"/></operations></primitive></clone>\n`;

function fenceConfig(id: string): string {
  const values = nvpairs(`${id}-params`, chassisParameters);
  return `      <primitive id="${id}" class="stonith" type="fence_haven_chassis"><instance_attributes id="${id}-params">${values}</instance_attributes><operations><op id="${id}-monitor" name="monitor" interval="60s" timeout="60s"/></operations></primitive>\n`;
}

function constraints(vms: readonly string[]): string {
  const lines = vms
    .filter((_, i) => i % 4 === 0)
    .map((vm, i) => `<rsc_location id="${vm}-prefers" rsc="${vm}" node="node${(i % 24) + 1}" score="1000"/>`);
  const rule = `<rsc_location id="haven-vm-connected" rsc-pattern="^vm-"><rule id="haven-vm-connected-rule" score-attribute="pingd"><expression id="haven-vm-connected-rule-expr" attribute="pingd" operation="defined"/></rule></rsc_location>`;
  return `    <constraints>${rule}${lines.join("")}</constraints>\n`;
}

function vmParameters(vm: {
  readonly name: string;
  readonly number: number;
}): Record<"spec" | "xml", string> {
  const { memory, cpu } = vmSize(vm.number);
  const uuid = `00000000-0000-4000-8000-${vm.number.toString(16).padStart(12, "0")}`;
  const name = vm.name.slice(3);
  return {
    spec: JSON.stringify({ name, memory: `${memory}MiB`, cpus: cpu, disks: [{ size: "20GiB" }] }),
    xml: domainXml(name, uuid, memory, cpu),
  };
}

function vmSize(number: number): { memory: number; cpu: number } {
  return { memory: 2048 * (1 + (number % 4)), cpu: 1 + (number % 4) };
}

function vmConfig(vm: { readonly name: string; readonly number: number }): string {
  const { memory, cpu } = vmSize(vm.number);
  const params = nvpairs(`${vm.name}-params`, vmParameters(vm));
  const utilization = nvpairs(`${vm.name}-utilization`, { memory, cpu });
  return (
    `      <primitive id="${vm.name}" class="ocf" provider="haven" type="Domain">` +
    `<instance_attributes id="${vm.name}-params">${params}</instance_attributes>` +
    `<meta_attributes id="${vm.name}-meta_attributes">${nvpairs(`${vm.name}-meta_attributes`, vmMeta)}</meta_attributes><operations id-ref="haven-vm-ops"/>` +
    `<utilization id="${vm.name}-utilization">${utilization}</utilization></primitive>\n`
  );
}

function domainXml(name: string, uuid: string, memory: number, cpus: number): string {
  return (
    `<domain type="kvm"><name>${name}</name><uuid>${uuid}</uuid><memory unit="MiB">${memory}</memory><vcpu>${cpus}</vcpu>` +
    `<os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/><apic/></features><cpu mode="host-model"/>` +
    `<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash><devices>` +
    `<disk type="file" device="disk"><driver name="qemu" type="qcow2" cache="none" error_policy="enospace"/>` +
    `<source file="/srv/shared/images/${name}.qcow2"/><target dev="vda" bus="virtio"/></disk>` +
    `<interface type="bridge"><mac address="02:00:0a:00:00:01"/><source bridge="br0"/><model type="virtio"/></interface>` +
    `<console type="pty"/><memballoon model="virtio"/><rng model="virtio"><backend model="random">/dev/urandom</backend></rng>` +
    `</devices></domain>`
  );
}

interface Placed {
  readonly name: string;
  readonly number: number;
  readonly at: number;
}

interface Node {
  readonly id: number;
  readonly name: string;
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

function nodeState(
  node: Node,
  place: number,
  vms: readonly Placed[],
  chassis: readonly string[],
  probes: boolean,
): string {
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
        parameters: vmParameters(vm),
        runs: vm.at === place,
        everyMs: 10_000,
        timeoutMs: 30_000,
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
  return (
    `    <node_state id="${node.id}" uname="${node.name}" in_ccm="true" crmd="online" crm-debug-origin="do_update_resource" join="member" expected="member">\n` +
    `      <transient_attributes id="${node.id}"><instance_attributes id="status-${node.id}"><nvpair id="status-${node.id}-pingd" name="pingd" value="2000"/></instance_attributes></transient_attributes>\n` +
    `      <lrm id="${node.id}"><lrm_resources>\n${lines.join("")}        </lrm_resources></lrm>\n    </node_state>\n`
  );
}

function resourceHistory(history: History, node: Node, call: number): string {
  const { id, parameters, everyMs, timeoutMs } = history;
  const once = digest(parameters);
  const again = digest({ CRM_meta_timeout: timeoutMs, ...parameters });
  const ops = history.runs
    ? operation({ id, task: "start", everyMs: 0, rc: 0, call, digest: once }, node) +
      operation({ id, task: "monitor", everyMs, rc: 0, call: call + 1, digest: again }, node)
    : operation({ id, task: "monitor", everyMs: 0, rc: 7, call, digest: once }, node);
  return `          <lrm_resource id="${id}" ${history.what}>${ops}</lrm_resource>\n`;
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
    ` operation="${op.task}" crm_feature_set="3.16.2" transition-key="${key}" transition-magic="0:${op.rc};${key}"` +
    ` exit-reason="" on_node="${node.name}" call-id="${op.call}" rc-code="${op.rc}" op-status="0" interval="${op.everyMs}"` +
    ` last-rc-change="1780315200" exec-time="17" queue-time="0" op-digest="${op.digest}"/>`
  );
}
