import { readFileSync } from "node:fs";
import type { CibEditor } from "../../src/pacemaker/cib-editor.ts";
import { readXml } from "../../src/xml/read.ts";
import { runningVms, type VmsOnNodes } from "./running-vms.ts";
import { VmCibFile } from "./vm-cib-file.ts";

/** A cluster of three nodes in a file, as situations of its VMs are built up in: its configuration, and its status. */
export class WhyWorld {
  readonly file: VmCibFile;
  readonly #made = new Map<string, string>();

  constructor(readonly path: string) {
    this.file = new VmCibFile(path);
  }

  reset(): void {
    this.file.reset();
  }

  /** VMs of 64 MiB, with what their specifications say besides. */
  async vms(all: VmsOnNodes): Promise<void> {
    const small = (spec: string): string => `memory: 64\n${spec}`;
    const entries = Object.entries(all).map(
      ([name, spec]) =>
        [name, typeof spec === "string" ? small(spec) : ([spec[0], small(spec[1])] as const)] as const,
    );
    const key = JSON.stringify(entries);
    const made = this.#made.get(key);
    if (made !== undefined) {
      await Bun.write(this.path, made);
      return;
    }
    await runningVms(this.file, Object.fromEntries(entries));
    this.#made.set(key, readFileSync(this.path, "utf8"));
  }

  async configure(edit: (editor: CibEditor) => void): Promise<void> {
    this.file.edit(edit);
  }

  async constraint(text: string): Promise<void> {
    await this.configure((editor) => editor.addConstraint(readXml(text, { source: "test" })));
  }

  /** The CIB's text as something else would have written it: its status, above all. */
  async rewrite(change: (text: string) => string): Promise<void> {
    const before = this.file.read().toXml();
    const after = change(before);
    if (after === before) throw new Error("Nothing of the CIB's text was changed");
    await Bun.write(this.path, after);
  }
}

/** What a node's executor notes of an operation: how it ended, and with which words. */
export interface NotedOperation {
  readonly rc: number;
  readonly reason?: string;
  /** "0" answered, "2" timed out. */
  readonly status?: string;
  readonly execMs?: number;
  readonly intervalMs?: number;
}

/** A failed operation in the status, as a node's executor would have noted it. */
export function failed(name: string, node: number, operation: string, rc: number, reason: string) {
  return noted(name, node, operation, { rc, reason });
}

/** An operation in the status of a VM's resource, or one whose id is given. */
export function noted(name: string, node: number, operation: string, how: NotedOperation) {
  const { rc, reason = "", status = "0", execMs = 0, intervalMs = 0 } = how;
  const id = name.includes("-") ? name : `vm-${name}`;
  const key = rc === 0 ? `${operation}_${intervalMs}` : "last_failure_0";
  const uuid = "5f1b1b7e-0000-4000-8000-000000000000";
  const record =
    `<lrm_rsc_op id="${id}_${key}" operation_key="${id}_${operation}_${intervalMs}" operation="${operation}" ` +
    `transition-key="9:1:0:${uuid}" transition-magic="${status}:${rc};9:1:0:${uuid}" call-id="9" exec-time="${execMs}" ` +
    `last-rc-change="${Math.floor(Date.now() / 1000)}" rc-code="${rc}" op-status="${status}" interval="${intervalMs}" on_node="node${node}" ` +
    `exit-reason="${reason}" op-digest="00"/>`;
  return (text: string): string => {
    const state = text.indexOf(`<node_state id="${node}"`);
    const resource = text.indexOf(`<lrm_resource id="${id}"`, state);
    const end = text.indexOf(">", resource) + 1;
    return text.slice(0, end) + record + text.slice(end);
  };
}

/** Transient attributes of a node. */
export function attributes(node: number, values: Readonly<Record<string, string>>) {
  const pairs = Object.entries(values).map(
    ([name, value], i) => `<nvpair id="t${node}-${i}" name="${name}" value="${value}"/>`,
  );
  const set = `<transient_attributes id="${node}"><instance_attributes id="t${node}">${pairs.join("")}</instance_attributes></transient_attributes>`;
  return (text: string): string => text.replace(new RegExp(`(<node_state id="${node}"[^>]*>)`), `$1${set}`);
}

/** What the membership says of a node. */
export function state(node: number, from: string, to: string) {
  return (text: string): string =>
    text.replace(new RegExp(`(<node_state id="${node}"[^>]*?)${from}`), `$1${to}`);
}

const online = 'in_ccm="true" crmd="online" join="member"';

/** A node that is lost, and nobody knows whether it is off. */
export const lost = (node: number) => state(node, online, 'in_ccm="false" crmd="offline" join="down"');

/** A node that has left, or was shot. */
export const off = (node: number) =>
  state(node, `${online} expected="member"`, 'in_ccm="false" crmd="offline" join="down" expected="down"');
