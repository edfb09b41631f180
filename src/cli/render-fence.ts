import type { FenceDetail, FenceList, FenceView, NodeFencing } from "../ops/fence-list.ts";
import type { AgentMetadata } from "../pacemaker/agent-metadata.ts";
import { type Style, styled, table } from "./table.ts";

const states: Readonly<Record<FenceView["state"], Style>> = {
  working: "green",
  failed: "red",
  stopped: "yellow",
  unknown: "yellow",
};

/** `haven fence list`. */
export function fenceLines({ enabled, devices, nodes }: FenceList, color: boolean): readonly string[] {
  const lines: string[] = [];
  if (!enabled) {
    lines.push(styled("Fencing is off (stonith-enabled=false): no device is used", "red", color), "");
  }
  if (devices.length === 0) lines.push("There is no fence device: haven fence add");
  else {
    const rows = devices.map(({ id, agent, hosts, state, watchedFrom, failure }) => [
      id,
      agent,
      hosts === undefined ? "asks the device" : hosts.map(hostText).join(", "),
      { text: state, style: states[state] },
      failure ?? (watchedFrom === undefined ? "" : `watched from ${watchedFrom}`),
    ]);
    lines.push(...table(["DEVICE", "AGENT", "SHOOTS", "STATE", ""], rows, color));
  }
  if (nodes.length > 0) {
    const rows = nodes.map(({ node, levels }) => [
      node,
      levels.length === 0 ? { text: "nothing", style: "red" as const } : stepsText(levels),
    ]);
    lines.push("", ...table(["NODE", "IS SHOT BY"], rows, color));
  }
  return lines;
}

function hostText({ node, plugs }: { readonly node: string; readonly plugs: readonly string[] }): string {
  return plugs.length === 0 ? node : `${node} (${plugs.join(" and ")})`;
}

function stepsText(levels: NodeFencing["levels"]): string {
  const ordered = levels.every(({ index }) => index !== undefined);
  return levels.map(({ devices }) => devices.join(" and ")).join(ordered ? ", then " : " or ");
}

/** `haven fence show`. */
export function fenceDetailLines(detail: FenceDetail, color: boolean): readonly string[] {
  const { id, agent, hosts, state, watchedFrom, failure, parameters, secrets, open, notOn } = detail;
  const from = watchedFrom === undefined ? "" : `, watched from ${watchedFrom}`;
  const lines = [
    `${styled(id, "bold", color)}: ${agent}, ${styled(state, states[state], color)}${from}`,
    ...(failure === undefined ? [] : [styled(failure, "red", color)]),
    `Shoots ${hosts === undefined ? "whom the device names" : hosts.map(hostText).join(", ")}`,
    ...(notOn.length === 0 ? [] : [`Never runs on ${notOn.join(", ")}`]),
    "",
    ...table(
      ["PARAMETER", "VALUE", ""],
      parameters.map(({ name, value, help }) => [name, value ?? "(secret)", help]),
      color,
    ),
  ];
  if (open.length > 0) {
    lines.push(
      "",
      styled(`In the cluster's configuration, for everyone to read: ${open.join(", ")}`, "yellow", color),
    );
  }
  if (secrets.length > 0) lines.push("");
  for (const { node, wrong } of secrets) {
    if (wrong === undefined) lines.push(`Secrets on ${node}: it does not answer`);
    else if (wrong.length === 0) lines.push(`Secrets on ${node}: there`);
    else lines.push(styled(`Secrets on ${node}: missing or not the same: ${wrong.join(", ")}`, "red", color));
  }
  return lines;
}

/** `haven fence agent`. */
export function agentLines({ name, short, parameters }: AgentMetadata, color: boolean): readonly string[] {
  const rows = parameters
    .filter(({ deprecated }) => !deprecated)
    .map((one) => [
      one.name,
      one.choices.length > 0 ? one.choices.join("|") : one.type,
      one.required && one.default === undefined ? "required" : (one.default ?? ""),
      one.short,
    ]);
  return [`${name}: ${short}`, "", ...table(["PARAMETER", "TYPE", "DEFAULT", ""], rows, color)];
}
