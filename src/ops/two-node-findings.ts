import { isSecretParameter } from "../contract/fence-kinds.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { Finding } from "./cluster-verify.ts";
import { canShoot, type FenceDevice, fenceDevices, fenceSteps } from "./fence-devices.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";

/**
 * What keeps a cluster of two nodes from ending with one of them, and the right one, when they lose each other
 * (docs/fencing.md). Nothing for any other number of nodes, nor without fencing. Where corosync does not say how it counts
 * votes, each of the two is taken to have quorum alone.
 */
export function twoNodeFindings(cib: Cib, quorum?: QuorumStatus | undefined): readonly Finding[] {
  const nodes = cib.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
  const devices = fenceDevices(cib, isSecretParameter);
  if (nodes.length !== 2 || devices.length === 0) return [];
  const priority = pacemakerSeconds(cib.property("priority-fencing-delay")) ?? 0;
  if (quorum !== undefined && !quorum.twoNode) return waitFindings(nodes, devices, priority);
  return [
    ...(quorum === undefined ? [] : [thirdVote]),
    ...graceFindings(cib, nodes, devices, priority),
    ...(priority === 0 ? [] : priorityFindings(nodes, devices, priority)),
    ...softOffFindings(devices),
  ];
}

const thirdVote: Finding = {
  severity: "hint",
  from: "haven",
  text: "Two nodes without a third vote: when they lose each other both shoot, and delays decide who is faster",
  next: "quorum-device in the file of haven cluster init, see docs/quorum.md",
};

/** Only one of the two can have the majority, and it would wait for nothing. */
function waitFindings(
  nodes: readonly string[],
  devices: readonly FenceDevice[],
  priority: number,
): readonly Finding[] {
  const why = "a third vote decides which of the two nodes goes on, and it would wait before it shoots";
  const waiting = devices.filter((device) => nodes.some((node) => graceOf(device, node).longest > 0));
  return [
    ...(priority === 0
      ? []
      : [
          warning(
            `priority-fencing-delay is ${priority} s: ${why}`,
            "crm_attribute --name priority-fencing-delay --delete",
          ),
        ]),
    ...waiting.map(({ id }) =>
      warning(
        `${id} has a delay of its own (pcmk_delay_base, pcmk_delay_max): ${why}`,
        `crm_resource --resource ${id} --delete-parameter pcmk_delay_base`,
      ),
    ),
  ];
}

/** With equal priorities only the devices' own delays keep the two from shooting each other at the same moment. */
function graceFindings(
  cib: Cib,
  nodes: readonly string[],
  devices: readonly FenceDevice[],
  priority: number,
): readonly Finding[] {
  const graces = nodes.map((node) => {
    // Pacemaker lets only the first device wait.
    const [step] = fenceSteps(cib, node, devices);
    const device = devices.find(({ id }) => id === step?.devices[0]);
    return device === undefined ? undefined : graceOf(device, node);
  });
  const [first, second] = graces;
  // Where nothing shoots one of them there is another finding.
  if (first === undefined || second === undefined) return [];
  if (first.base !== second.base || first.random || second.random) return [];
  const when = priority === 0 ? "" : " and have VMs of equal priority";
  return [
    warning(
      `Nothing decides which of the two nodes lives when they lose each other${when}: they shoot each other`,
      priority === 0
        ? setProperty("priority-fencing-delay", "15s")
        : `Set pcmk_delay_base=${nodes[0]}:5s for what shoots ${nodes[0]}`,
    ),
  ];
}

function priorityFindings(
  nodes: readonly string[],
  devices: readonly FenceDevice[],
  priority: number,
): readonly Finding[] {
  return devices.flatMap((device) => {
    const own = nodes.filter((node) => canShoot(device, node)).map((node) => graceOf(device, node).longest);
    const longest = Math.max(0, ...own);
    if (priority >= 2 * longest) return [];
    const text = `${device.id} waits up to ${longest} s: priority-fencing-delay (${priority} s) should be twice that, or the node with the less important VMs wins`;
    return [warning(text, setProperty("priority-fencing-delay", `${3 * longest}s`))];
  });
}

function softOffFindings(devices: readonly FenceDevice[]): readonly Finding[] {
  return devices.flatMap(({ id, agent, parameters }) => {
    const isHard = /^(1|yes|true|on)$/i.test(parameters.get("no_softoff") ?? "");
    if (agent !== "fence_haven_chassis" || isHard) return [];
    return [
      warning(
        `${id} asks a server to shut down before it cuts the power: of two nodes the loser has the time to shoot the winner`,
        `crm_resource --resource ${id} --set-parameter no_softoff --parameter-value 1`,
      ),
    ];
  });
}

/**
 * How long a device waits before it shoots a node: seconds for certain, whether chance adds to them, and at the most.
 * Source: pacemaker-fenced(7), pcmk_delay_base and pcmk_delay_max.
 */
function graceOf({ parameters }: FenceDevice, node: string) {
  const base = baseDelay(parameters.get("pcmk_delay_base") ?? "", node);
  const max = pacemakerSeconds(parameters.get("pcmk_delay_max")) ?? 0;
  return { base: max > 0 ? Math.min(base, max) : base, random: max > base, longest: max > 0 ? max : base };
}

/** `5s`, or `node1:5s;node2:10s`. */
function baseDelay(text: string, node: string): number {
  if (!text.includes(":")) return pacemakerSeconds(text) ?? 0;
  const entries = text.split(/[\s,;]+/).map((entry) => entry.split(":"));
  return pacemakerSeconds(entries.find(([name]) => name === node)?.[1]) ?? 0;
}

function setProperty(name: string, value: string): string {
  return `crm_attribute --name ${name} --update ${value}`;
}

function warning(text: string, next: string): Finding {
  return { severity: "warning", from: "haven", text, next };
}
