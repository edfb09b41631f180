import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { isHavenError } from "../../src/base/errors.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { CibEditor } from "../../src/pacemaker/cib-editor.ts";
import { escapeXml } from "../../src/xml/write.ts";

/** The digest of no parameters at all: what only a restart can change of a VM, as a rule. */
const emptyDigest = "f2317cad3d54cec5d7d7aa7d0bf35cf8";

/** How a VM came to be running: by a start, or found so by a probe after a refresh. */
export type Running = { readonly node: number; readonly found?: boolean };

/** The CIB of three nodes in a file, for operations with `fileEnvironment`. */
export class VmCibFile {
  constructor(readonly path: string) {
    this.reset();
  }

  /** Three nodes of 4 GiB and 8 cores, online, with nothing on them. */
  reset(): void {
    const ids = [1, 2, 3];
    const pair = (id: string, name: string, value: string): string =>
      `<nvpair id="${id}" name="${name}" value="${value}"/>`;
    const nodes = ids.map(
      (id) =>
        `<node id="${id}" uname="node${id}"><utilization id="u${id}">${pair(`u${id}m`, "memory", "4096")}${pair(`u${id}c`, "cpu", "8")}</utilization></node>`,
    );
    writeFileSync(
      this.path,
      `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0" have-quorum="1">` +
        `<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">${pair("o1", "stonith-enabled", "true")}${pair("o2", "placement-strategy", "balanced")}</cluster_property_set></crm_config>` +
        `<nodes>${nodes.join("")}</nodes><resources><primitive id="fence" class="stonith" type="fence_none"/></resources><constraints/>` +
        `<rsc_defaults><meta_attributes id="rsc-options">${pair("rsc-stickiness", "resource-stickiness", "10000")}</meta_attributes></rsc_defaults></configuration>` +
        `<status>${ids.map((id) => nodeState(id, "")).join("")}</status></cib>`,
    );
  }

  read(): Cib {
    return Cib.parse(readFileSync(this.path, "utf8"));
  }

  /** Changes the configuration as something else would: nothing is simulated. */
  edit(edit: (editor: CibEditor) => void): void {
    const editor = new CibEditor(this.read());
    edit(editor);
    writeFileSync(this.path, editor.cib.toXml());
  }

  /** Puts into the status which VMs run where; the others do not run. */
  runs(vms: Readonly<Record<string, Running>>): void {
    const cib = this.read();
    const history = (id: number): string =>
      Object.entries(vms)
        .map(([name, running]) => resourceHistory(`vm-${name}`, id, running, digestOf(cib, `vm-${name}`)))
        .join("");
    const status = [1, 2, 3].map((id) => nodeState(id, history(id))).join("");
    const text = readFileSync(this.path, "utf8");
    writeFileSync(this.path, text.replace(/<status>[\s\S]*<\/status>/, `<status>${status}</status>`));
  }
}

function nodeState(id: number, resources: string): string {
  return (
    `<node_state id="${id}" uname="node${id}" in_ccm="true" crmd="online" join="member" expected="member">` +
    `<lrm id="${id}"><lrm_resources>${resources}</lrm_resources></lrm></node_state>`
  );
}

/** As Pacemaker makes it of the parameters that a resource is started with. */
function digestOf(cib: Cib, resource: string): string {
  const primitive = cib.byId(resource);
  const parameters = primitive === undefined ? [] : [...cib.nvpairs(primitive, "instance_attributes")];
  const list = parameters
    .sort()
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll("'", "&apos;")}"`);
  return createHash("md5")
    .update(` <parameters${list.join("")}/>\n`)
    .digest("hex");
}

function resourceHistory(
  resource: string,
  id: number,
  { node, found = false }: Running,
  digest: string,
): string {
  const record = (
    key: string,
    name: string,
    rc: number,
    expected: number,
    call: number,
    digests: string,
  ): string =>
    `<lrm_rsc_op id="${resource}_${key}" operation_key="${resource}_${name}_0" operation="${name}" ` +
    `transition-key="${call}:1:${expected}:5f1b1b7e-0000-4000-8000-000000000000" ` +
    `transition-magic="0:${rc};${call}:1:${expected}:5f1b1b7e-0000-4000-8000-000000000000" call-id="${call}" rc-code="${rc}" ` +
    `op-status="0" interval="0" on_node="node${id}" exit-reason="" ${digests}/>`;
  const same = `op-digest="${digest}"`;
  const known = `${same} op-force-restart="  uri restart  " op-restart-digest="${emptyDigest}"`;
  let operations: string;
  if (node !== id) operations = record("last_0", "monitor", 7, 7, 3, known);
  else if (!found) operations = record("last_0", "start", 0, 0, 5, known);
  else
    operations =
      record("last_failure_0", "monitor", 0, 7, 5, same) + record("last_0", "monitor", 0, 7, 5, same);
  return `<lrm_resource id="${resource}" class="ocf" provider="haven" type="Domain">${operations}</lrm_resource>`;
}

/** The code and message of the error that an operation ends with. */
export async function refusal(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
  } catch (error) {
    if (isHavenError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no refusal";
}
