import { HavenError } from "../base/errors.ts";
import { monitorCommandFlag } from "../libvirt/constants.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { locateVm } from "./locate-vm.ts";

export interface VmMonitorOptions {
  readonly name: string;
  /**
   * QMP: a whole command as JSON, or its name and, if it has some, its arguments as JSON. With `hmp` the words of a
   * command for people.
   */
  readonly command: readonly string[];
  readonly hmp: boolean;
}

export interface VmMonitorResult {
  readonly name: string;
  readonly node: string;
  /** Of QMP what it returns; of a command for people its text. */
  readonly answer: unknown;
}

/** What only looks is not asked about. */
const lookingOnly = /^(query-[a-z0-9-]+|qom-(get|list)[a-z-]*|info|help|\?)$/;

/**
 * Hands a command to the monitor of a VM's QEMU, past libvirt, which marks the domain as tainted by it. For what
 * nothing else can do: whatever is changed this way neither libvirt nor the cluster knows of.
 *
 * @throws HavenError usage, vm.not-found, vm.refused, vm.declined, vm.failed when QEMU refuses the command,
 *   pacemaker.no-file-action, libvirt.*
 * Source: QEMU's docs/interop/qmp-spec.rst
 */
export async function vmMonitor(
  environment: Environment,
  options: VmMonitorOptions,
): Promise<VmMonitorResult> {
  const { hmp } = options;
  const { text, verb } = hmp ? forPeople(options.command) : asQmp(options.command);
  const { vm, node, libvirt, domain } = await locateVm(environment, options.name, {
    action: "monitor",
    command: "monitor",
  });
  if (driverOf(vm) !== "qemu") {
    throw new HavenError("vm.refused", { name: vm.name, why: `has no QEMU monitor: it is ${vm.hypervisor}` });
  }
  const question = `Send ${verb} to the monitor of ${vm.name}?`;
  const warning = "What it changes neither libvirt nor the cluster knows of; it can end or harm the guest";
  if (!lookingOnly.test(verb) && !(await environment.confirm(question, [warning]))) {
    throw new HavenError("vm.declined");
  }
  const flags = hmp ? monitorCommandFlag.hmp : 0;
  const call = { signal: environment.signal };
  const answer = await libvirt.domainQemuMonitorCommand(domain, text, flags, call);
  return { name: vm.name, node, answer: hmp ? answer : returned(vm.name, verb, answer) };
}

interface MonitorCommand {
  readonly text: string;
  /** What it does: its first word. */
  readonly verb: string;
}

function forPeople(words: readonly string[]): MonitorCommand {
  const text = words.join(" ");
  // One call is one command: the monitor would take a second line for a second one.
  if (/[\r\n]/.test(text)) throw new HavenError("usage", { what: "Expected one line for the monitor" });
  return { text, verb: text.trim().split(/\s+/)[0] ?? "" };
}

function asQmp([first = "", ...rest]: readonly string[]): MonitorCommand {
  if (rest.length > 1) {
    throw new HavenError("usage", {
      what: `Expected a QMP command and its arguments as JSON, found ${rest.length + 1} words`,
      hint: "A command for people: haven vm monitor NAME --hmp WORDS…",
    });
  }
  if (!first.trimStart().startsWith("{")) {
    if (!/^[A-Za-z_][A-Za-z0-9._-]*$/.test(first)) {
      throw new HavenError("usage", {
        what: `'${first}' is no QMP command`,
        hint: "A command for people: haven vm monitor NAME --hmp WORDS…",
      });
    }
    const args = rest[0] === undefined ? {} : { arguments: readObject(rest[0]) };
    return { text: JSON.stringify({ execute: first, ...args }), verb: first };
  }
  if (rest.length > 0) {
    throw new HavenError("usage", { what: "A QMP command as JSON has its arguments in itself" });
  }
  const command = readObject(first);
  const { execute } = command;
  if (typeof execute !== "string") {
    throw new HavenError("usage", { what: 'The JSON has no "execute" that names a QMP command' });
  }
  return { text: JSON.stringify(command), verb: execute };
}

function readObject(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new HavenError("usage", { what: `Expected a JSON object, found ${text.slice(0, 80)}` });
}

/** What QEMU returned. @throws HavenError vm.failed with QEMU's words */
function returned(name: string, verb: string, text: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new HavenError("libvirt.protocol", { what: "QEMU's monitor answered what is no JSON" });
  }
  if (typeof answer === "object" && answer !== null) {
    if ("return" in answer) return answer.return;
    if ("error" in answer) {
      const { error } = answer;
      const why =
        typeof error === "object" && error !== null && "desc" in error
          ? String(error.desc)
          : JSON.stringify(error);
      throw new HavenError("vm.failed", { name, why: `has a QEMU that refuses ${verb}: ${why}` });
    }
  }
  throw new HavenError("libvirt.protocol", { what: "QEMU's monitor answered neither a value nor an error" });
}
