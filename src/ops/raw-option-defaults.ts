import type { AgentParameter } from "../pacemaker/agent-metadata.ts";

/** An option of Pacemaker's as far as its help and its check need it. */
export type OptionFacts = Pick<AgentParameter, "name" | "type" | "choices" | "default" | "short" | "long">;

type Row = readonly [name: string, type: string, preset: string | undefined, short: string];

/**
 * Meta attributes of resources, which rsc_defaults may set for all. Source: Pacemaker Explained, "Resource
 * Meta-Attributes"; no Pacemaker before 2.1.8 can be asked.
 */
export const resourceDefaultOptions: readonly OptionFacts[] = facts([
  ["priority", "score", "0", "Which resources are stopped first where not all can be active"],
  ["critical", "boolean", "true", "Whether a resource has a say in where those run that follow it"],
  ["target-role", "Stopped Started Unpromoted Promoted", "Started", "The state that resources are kept in"],
  ["is-managed", "boolean", "true", "Whether the cluster starts, stops and moves resources"],
  ["maintenance", "boolean", "false", "Nothing is started, stopped, moved or watched while it is true"],
  ["resource-stickiness", "score", "0", "How much a resource would rather stay where it is"],
  [
    "requires",
    "nothing quorum fencing unfencing",
    undefined,
    "What there must be for a resource to be started",
  ],
  ["migration-threshold", "score", "INFINITY", "After so many failures a resource leaves a node"],
  ["failure-timeout", "time", "0", "After so long failures are forgotten; never where it is 0"],
  [
    "multiple-active",
    "block stop_only stop_start stop_unexpected",
    "stop_start",
    "What is done where a resource is found active on several nodes",
  ],
  ["allow-migrate", "boolean", undefined, "Whether resources are moved live where their agents can"],
  ["allow-unhealthy-nodes", "boolean", "false", "Whether resources may run where the node's health says no"],
]);

/** Attributes of operations, which op_defaults may set for all. Source: Pacemaker Explained, "Operation Properties". */
export const operationDefaultOptions: readonly OptionFacts[] = facts([
  ["timeout", "time", "20s", "How long an operation may take"],
  ["interval", "time", "0", "How often an operation is repeated"],
  [
    "on-fail",
    "ignore block demote stop restart standby fence restart-container",
    undefined,
    "What the cluster does when an operation fails",
  ],
  ["enabled", "boolean", "true", "Whether operations are done at all"],
  ["record-pending", "boolean", "true", "Whether operations that are under way are shown"],
  ["start-delay", "time", "0", "How long an operation waits first"],
  ["interval-origin", "string", undefined, "A time that repeated operations are counted from"],
  ["role", "Stopped Started Unpromoted Promoted", undefined, "The role in which operations are done"],
]);

function facts(rows: readonly Row[]): readonly OptionFacts[] {
  return rows.map(([name, type, preset, short]) => {
    const choices = type.includes(" ") ? type.split(" ") : [];
    return { name, type: choices.length > 0 ? "select" : type, choices, default: preset, short, long: "" };
  });
}
