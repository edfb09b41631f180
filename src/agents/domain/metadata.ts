import { version } from "../../base/version.ts";

interface Parameter {
  readonly name: string;
  readonly type: "string" | "boolean" | "integer";
  readonly short: string;
  readonly long: string;
  readonly default?: string;
  /** A change restarts the VM. All others take effect at once, or with the next action. */
  readonly restarts?: boolean;
  readonly unique?: boolean;
}

const parameters: readonly Parameter[] = [
  {
    name: "xml",
    type: "string",
    short: "The domain's XML",
    long: "The libvirt domain as XML on one line, with name and UUID. Either this or config is required.",
  },
  {
    name: "spec",
    type: "string",
    short: "The specification",
    long: "What the VM was made from, as JSON on one line. Policies are taken from it where no parameter sets them.",
  },
  {
    name: "config",
    type: "string",
    unique: true,
    short: "File with the domain's XML",
    long: "Absolute path of a file with the domain's XML, on every node's own disk. Ignored where xml is set.",
  },
  {
    name: "uri",
    type: "string",
    restarts: true,
    short: "libvirt URI",
    long: "The local libvirt. By the domain's type qemu:///system, lxc:///system or xen:///system unless set.",
  },
  {
    name: "restart",
    type: "string",
    restarts: true,
    short: "When a restart was last asked for",
    long: "Says nothing about the VM: with another value the cluster stops it in good order and starts it again, as one change.",
  },
  {
    name: "graceful_timeout",
    type: "integer",
    short: "Time for the guest to shut down",
    long: "After that it is destroyed. Three quarters of the stop's timeout unless set, which is also the most.",
  },
  {
    name: "force_stop",
    type: "boolean",
    default: "false",
    short: "Destroy without asking the guest",
    long: "For guests that cannot shut down by themselves.",
  },
  {
    name: "esc_before_shutdown",
    type: "boolean",
    default: "false",
    short: "Send ESC first",
    long: "Press the ESC key before each request to shut down, which leaves a screen saver.",
  },
  {
    name: "io_error_policy",
    type: "string",
    default: "wait",
    short: "When a disk's I/O error has paused the guest",
    long: "wait: it counts as running, with a warning. resume: each monitor tries to resume it. fail: the monitor fails.",
  },
  {
    name: "paused_policy",
    type: "string",
    default: "wait",
    short: "When the guest was suspended on the host",
    long: "wait: it counts as running, with a warning. resume: each monitor resumes it. fail: the monitor fails.",
  },
  {
    name: "guest_shutdown_policy",
    type: "string",
    default: "restart",
    short: "When the guest has powered itself off",
    long: "restart: the VM is started again. stay-down: the monitor sets the resource's target-role to Stopped (QEMU and KVM).",
  },
  {
    name: "migration_bandwidth",
    type: "integer",
    short: "Bandwidth of live migration in MiB/s",
    long: "No limit unless set.",
  },
  {
    name: "migration_network_suffix",
    type: "string",
    default: "",
    short: "Suffix of host names on the migration network",
    long: "Appended to the destination's name (before its first dot) to name its address on the migration network.",
  },
  {
    name: "auto_converge",
    type: "boolean",
    default: "true",
    short: "Slow a busy guest down to migrate it",
    long: "Where the guest writes memory faster than it can be sent, its processors are slowed down step by step.",
  },
  {
    name: "shared_storage",
    type: "boolean",
    default: "false",
    short: "The disks are on shared storage",
    long: "Says so of a file system that libvirt does not know as shared, and would refuse to migrate from as unsafe.",
  },
  {
    name: "monitor_scripts",
    type: "string",
    default: "",
    short: "Scripts that must pass",
    long: "Absolute paths, separated by spaces. Run by each monitor; start and migrate_from end when all of them pass.",
  },
  {
    name: "ready_signal",
    type: "string",
    default: "false",
    short: "Wait for the guest's ready signal",
    long: "true, or a number of seconds: start ends when the guest has written a line ready ID to its channel haven.0 (or startup_signal), which is answered with ack ID.",
  },
];

const actions: readonly string[] = [
  `<action name="start" timeout="120s" />`,
  `<action name="stop" timeout="180s" />`,
  `<action name="monitor" depth="0" timeout="30s" interval="10s" />`,
  `<action name="status" depth="0" timeout="30s" interval="10s" />`,
  `<action name="migrate_to" timeout="600s" />`,
  `<action name="migrate_from" timeout="600s" />`,
  `<action name="reload-agent" timeout="60s" />`,
  `<action name="reload" timeout="60s" />`,
  `<action name="validate-all" timeout="30s" />`,
  `<action name="meta-data" timeout="5s" />`,
];

/**
 * The agent's description, as the OCF Resource Agent API 1.1 wants it. Needs no root, no /run, no environment. The
 * DTD that ocf-tester checks against is of version 1.0: what 1.1 added (reloadable, reload-agent) is declared with
 * it, and types are those that both know.
 */
export function metadata(): string {
  return `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd" [
<!ATTLIST parameter reloadable (0|1) "0">
<!ATTLIST action name CDATA #REQUIRED>
]>
<resource-agent name="Domain" version="${version}">
<version>1.1</version>
<longdesc lang="en">
Runs a virtual machine or container through libvirt, as a transient domain created from the XML in the cluster's configuration. It answers from evidence: what neither libvirt nor the process table can tell is an error, never "not running".
</longdesc>
<shortdesc lang="en">Manages a libvirt domain from the XML in the CIB</shortdesc>
<parameters>
${parameters.map(parameter).join("\n")}
</parameters>
<actions>
${actions.join("\n")}
</actions>
</resource-agent>
`;
}

function parameter(p: Parameter): string {
  const attributes = [
    `name="${p.name}"`,
    `unique="${p.unique === true ? 1 : 0}"`,
    `required="0"`,
    ...(p.restarts === true ? [] : [`reloadable="1"`]),
  ];
  const preset = p.default === undefined ? "" : ` default="${p.default}"`;
  const content = `<content type="${p.type}"${preset} />`;
  return `<parameter ${attributes.join(" ")}>
<longdesc lang="en">${p.long}</longdesc>
<shortdesc lang="en">${p.short}</shortdesc>
${content}
</parameter>`;
}
