import { isSecretParameter } from "../contract/fence-kinds.ts";
import { Cib } from "../pacemaker/cib.ts";
import { maxValueBytes } from "../pacemaker/cib-editor.ts";
import { cibProblems } from "../pacemaker/cib-problems.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import { drainRecords } from "../vm/drain-record.ts";
import { movesInCib } from "../vm/move-constraint.ts";
import { settingsSet } from "../vm/settings-in-cib.ts";
import { otherShutdownPolicy } from "../vm/shutdown-policy.ts";
import { vmTemplateIds } from "../vm/vm-template.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { canShoot, fenceDevices } from "./fence-devices.ts";
import { memoryPromise } from "./memory-promise.ts";
import { twoNodeFindings } from "./two-node-findings.ts";
import { type WatchdogFencing, watchdogDevice, watchdogFencing } from "./watchdog-fencing.ts";
import { watchdogLevelProblems } from "./watchdog-levels.ts";

/** Something that a check of the configuration found. */
export interface Finding {
  /** A hint is about what could be better, and nothing is wrong. */
  readonly severity: "error" | "warning" | "hint";
  /** Who says so: Pacemaker's own check, or Haven's. */
  readonly from: "pacemaker" | "haven";
  readonly text: string;
  readonly next?: string;
}

/**
 * Checks the configuration: Pacemaker's own crm_verify, then what Haven relies on (ids and references, fencing,
 * the VMs' common parts, values that agents can take, memory that is really there). Changes nothing.
 *
 * @throws HavenError pacemaker.down, pacemaker.failed
 */
export async function clusterVerify(environment: Environment): Promise<readonly Finding[]> {
  const { pacemaker, signal } = environment;
  const [text, lines, quorum] = await Promise.all([
    pacemaker.queryCib({ signal }),
    pacemaker.verify(undefined, { signal }),
    pacemaker.quorum({ signal }),
  ]);
  const cib = Cib.parse(text);
  return bySeverity([
    ...configurationFindings(cib, { lines, quorum, now: environment.clock.now() }),
    ...(environment.isLive ? await nodeFindings(environment, cib) : []),
  ]);
}

export interface ConfigurationFacts {
  /** What crm_verify says. */
  readonly lines: readonly string[];
  readonly quorum: QuorumStatus | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What is wrong with a configuration, without asking any node. */
export function configurationFindings(
  cib: Cib,
  { lines, quorum, now }: ConfigurationFacts,
): readonly Finding[] {
  const vms = vmsInCib(cib);
  return bySeverity([
    ...lines.map(fromPacemaker),
    ...cibProblems(cib).map((problem) => haven("error", problem.text)),
    ...fencingFindings(cib),
    ...twoNodeFindings(cib, quorum),
    ...valueFindings(cib),
    ...shutdownFindings(cib),
    ...drainFindings(cib),
    ...vmFindings(cib, vms, now),
    ...capacityFindings(cib, vms),
  ]);
}

function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  const order = ["error", "warning", "hint"] as const;
  return order.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

function fromPacemaker(line: string): Finding {
  const severity = /^(warning|notice|info)/i.test(line) ? "warning" : "error";
  return { severity, from: "pacemaker", text: line.replace(/^(error|warning|notice):\s*/i, "") };
}

function haven(severity: Finding["severity"], text: string, next?: string): Finding {
  return { severity, from: "haven", text, ...(next === undefined ? {} : { next }) };
}

function shutdownFindings(cib: Cib): readonly Finding[] {
  // As JSON: a setting that cannot be read is told where it is used.
  const policy = /^"(\w+)"$/.exec(cib.properties(settingsSet).get("on-node-shutdown") ?? "")?.[1];
  const other = otherShutdownPolicy(cib, policy);
  if (other === undefined) return [];
  const text = `The settings have VMs of a node that is shut down ${policy}, and Pacemaker's properties say otherwise (${other})`;
  return [haven("warning", text, "haven settings apply FILE, with what haven settings show prints")];
}

/** A resume that was broken off, or an end of the standby by other tools. */
function drainFindings(cib: Cib): readonly Finding[] {
  return [...drainRecords(cib)].flatMap(([node, { places }]) => {
    if (isOn(cib.node(node)?.attributes.get("standby")) || places.size === 0) return [];
    const text = `${node} is out of standby, and VMs that its drain has moved away may not be back: ${[...places.keys()].slice(0, 5).join(", ")}`;
    return [
      haven("hint", text, `haven node resume ${node}, or, to leave them: haven node resume --leave ${node}`),
    ];
  });
}

function fencingFindings(cib: Cib): readonly Finding[] {
  const devices = cib.resources.filter(
    ({ kind, element }) => kind === "primitive" && element.get("class") === "stonith",
  );
  const enabled = cib.property("stonith-enabled") ?? cib.property("fencing-enabled") ?? "true";
  const findings: Finding[] = [];
  if (/^(false|no|off|0|n)$/i.test(enabled)) {
    findings.push(haven("error", "Fencing is off: a VM could run twice after its node was lost"));
  }
  const watchdog = watchdogFencing(cib);
  if (devices.length === 0 && watchdog === undefined) {
    findings.push(haven("error", "No fence device is configured"));
  }
  if (watchdog !== undefined) findings.push(...watchdogFindings(cib, watchdog));
  else if (devices.some(({ id }) => id === watchdogDevice)) {
    const text =
      "The watchdog is a fence device, and no node is reset by it (stonith-watchdog-timeout is not set)";
    findings.push(haven("error", text, "haven cluster init, with sbd in the cluster's file"));
  }
  const left = watchdogDeviceWithout(cib);
  if (left.length > 0) {
    const next = `haven fence add watchdog --replace --id ${watchdogDevice}, with --for for every node`;
    const text = `The fence device ${watchdogDevice} does not name ${left.join(", ")}, and may be started there in vain`;
    findings.push(haven("warning", text, next));
  }
  findings.push(...watchdogLevelProblems(cib).map(({ text, next }) => haven("error", text, next)));
  const limit = seconds(cib.property("stonith-timeout") ?? "60s");
  for (const { id, element } of devices) {
    const parameters = cib.nvpairs(element, "instance_attributes");
    for (const action of ["off", "reboot"]) {
      const own = seconds(parameters.get(`pcmk_${action}_timeout`) ?? "");
      if (own !== undefined && limit !== undefined && own > limit * 4) {
        findings.push(
          haven(
            "warning",
            `${id} waits ${own} s for ${action}, and the cluster only ${limit} s (stonith-timeout)`,
          ),
        );
      }
    }
  }
  return findings;
}

/** Nodes that the watchdog's device does not name; none where there is no such device. */
function watchdogDeviceWithout(cib: Cib): readonly string[] {
  const device = fenceDevices(cib, isSecretParameter).find(({ id }) => id === watchdogDevice);
  if (device === undefined) return [];
  return cib.nodes
    .filter(({ type, name }) => type === "member" && !canShoot(device, name))
    .map(({ name }) => name);
}

/** What keeps a node that has lost the others from being reset before they start its VMs. */
function watchdogFindings(cib: Cib, { running }: WatchdogFencing): readonly Finding[] {
  const findings: Finding[] = [];
  if (!running) {
    const text = "Nodes are to be fenced by their watchdogs (stonith-watchdog-timeout), and SBD does not run";
    findings.push(haven("error", text, "haven cluster init"));
  }
  const policy = cib.property("no-quorum-policy") ?? "stop";
  if (/^(ignore|demote)$/.test(policy)) {
    const text = `no-quorum-policy is ${policy}, while the others count on it that a node without quorum resets itself`;
    findings.push(haven("error", text, "crm_attribute --name no-quorum-policy --update stop"));
  }
  return findings;
}

/** Seconds of Pacemaker's time values: 90, 90s, 2min, 500ms. */
function seconds(text: string): number | undefined {
  const parts = /^(\d+)\s*(ms|msec|s|sec|m|min|h|hr)?$/.exec(text);
  if (parts === null) return undefined;
  const factors: Readonly<Record<string, number>> = {
    ms: 0.001,
    msec: 0.001,
    m: 60,
    min: 60,
    h: 3600,
    hr: 3600,
  };
  return Number(parts[1]) * (factors[parts[2] ?? "s"] ?? 1);
}

function valueFindings(cib: Cib): readonly Finding[] {
  const findings: Finding[] = [];
  for (const element of cib.configuration.walk()) {
    if (element.name !== "nvpair") continue;
    const value = element.get("value") ?? "";
    const id = element.get("id") ?? "";
    if (/[\n\r\t]/.test(value)) {
      findings.push(
        haven("error", `${id} has a line break or a tab in its value: crmsh cannot show this configuration`),
      );
    }
    if (value.length > maxValueBytes / 4 && Buffer.byteLength(value) > maxValueBytes) {
      findings.push(
        haven("error", `${id} is longer than ${maxValueBytes} bytes: its agent cannot be started`),
      );
    }
  }
  return findings;
}

function vmFindings(cib: Cib, vms: readonly VmEntry[], now: number): readonly Finding[] {
  const findings: Finding[] = [];
  if (vms.length > 0 && cib.byId(vmTemplateIds.template) === undefined) {
    const next = "haven cluster init";
    findings.push(
      haven("error", `The template ${vmTemplateIds.template} with what all VMs share is not there`, next),
    );
  }
  for (const vm of vms) {
    const { element, name } = vm;
    if (vm.xml === undefined && cib.nvpairs(element, "instance_attributes").get("config") === undefined) {
      findings.push(haven("error", `VM ${name} has neither a domain XML nor a file with one`));
    }
    if (vm.memory === undefined) {
      findings.push(
        haven(
          "warning",
          `VM ${name} does not say how much memory it needs: any node will be thought to have it`,
        ),
      );
    }
    const operations = element.child("operations");
    if (operations === undefined)
      findings.push(haven("warning", `VM ${name} has no operations: it is not watched`));
  }
  for (const move of movesInCib(cib)) {
    if (move.expiresAt <= now) {
      findings.push(
        haven(
          "warning",
          `The move of VM ${move.name} to ${move.to} is over, its constraint ${move.constraint} is not`,
        ),
      );
    }
  }
  for (const constraint of cib.constraints) {
    const id = constraint.get("id") ?? "";
    if (!/^cli-(ban|prefer)-/.test(id)) continue;
    const resource = constraint.get("rsc") ?? "";
    findings.push(
      haven(
        "warning",
        `The constraint ${id} was left behind by a move`,
        `crm_resource --clear --resource ${resource}`,
      ),
    );
  }
  return findings;
}

/** Whether the VMs that should run would still fit without the largest node. */
function capacityFindings(cib: Cib, vms: readonly VmEntry[]): readonly Finding[] {
  const findings: Finding[] = [];
  const members = cib.nodes.filter((node) => node.type !== "remote");
  const sizes = members.map((node) => Number(node.utilization.get("memory") ?? "0"));
  for (const [i, node] of members.entries()) {
    if (vms.length > 0 && sizes[i] === 0) {
      findings.push(
        haven(
          "warning",
          `Node ${node.name} does not say how much memory it has for VMs`,
          "haven cluster init",
        ),
      );
    }
  }
  const wanted = vms
    .filter((vm) => !/^stopped$/i.test(vm.targetRole ?? ""))
    .reduce((sum, vm) => sum + (vm.memory ?? 0), 0);
  const left = sizes.reduce((sum, size) => sum + size, 0) - Math.max(0, ...sizes);
  if (sizes.every((size) => size > 0) && members.length > 1 && wanted > left) {
    findings.push(
      haven(
        "warning",
        `VMs ask for ${wanted} MiB; without the largest node ${left} MiB are left: its loss would stop some`,
      ),
    );
  }
  return findings;
}

/** What libvirt says of each node beside what the configuration promises. */
async function nodeFindings(environment: Environment, cib: Cib): Promise<readonly Finding[]> {
  const members = cib.nodes.filter((node) => node.type !== "remote");
  const found = await Promise.all(
    members.map(async (node): Promise<readonly Finding[]> => {
      try {
        const libvirt = await environment.libvirt(node.name);
        const problem = memoryPromise(cib, node.name, await libvirt.nodeGetInfo());
        return problem === undefined ? [] : [haven("warning", problem.text, problem.next)];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return [haven("warning", `libvirt on ${node.name} could not be asked: ${why}`)];
      }
    }),
  );
  return found.flat();
}
