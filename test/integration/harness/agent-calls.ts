import { existsSync, readFileSync } from "node:fs";
import type { TestLab } from "./test-lab.ts";

/** One call of an agent, as Pacemaker's executor logged it when it ended. */
export interface AgentCall {
  readonly node: string;
  readonly resource: string;
  readonly action: string;
  /** Exit code; undefined when it was timed out or cancelled. */
  readonly status: number | undefined;
  /** The log's line. */
  readonly line: string;
}

const finished = /\(log_finished\)\s+\w+: (\S+) (\S+) \(call \d+(?:, PID \d+)?\) (.*)$/;

/**
 * Calls of agents that ended, from the logs of all nodes, also of those without power: start, stop, migrate_to and
 * so on; each monitor that runs again and again is logged once. In order on each node.
 *
 * @param resource Only this resource's
 */
export function agentCalls(lab: TestLab, resource?: string): readonly AgentCall[] {
  const calls: AgentCall[] = [];
  for (const node of lab.nodes) {
    const path = `${node.dir}/upper/var/log/pacemaker/pacemaker.log`;
    if (!existsSync(path)) continue;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      const [, name = "", action = "", end = ""] = finished.exec(line) ?? [];
      if (name === "" || (resource !== undefined && name !== resource)) continue;
      const status = /exited with status (\d+)/.exec(end)?.[1];
      calls.push({
        node: node.name,
        resource: name,
        action,
        status: status === undefined ? undefined : Number(status),
        line,
      });
    }
  }
  return calls;
}

/** How many calls there are now: give it to `agentCallsSince`, to see only later ones. */
export function agentCallMark(lab: TestLab, resource: string): ReadonlyMap<string, number> {
  const mark = new Map<string, number>();
  for (const { node } of agentCalls(lab, resource)) mark.set(node, (mark.get(node) ?? 0) + 1);
  return mark;
}

/** Calls after a mark. */
export function agentCallsSince(
  lab: TestLab,
  resource: string,
  mark: ReadonlyMap<string, number>,
): readonly AgentCall[] {
  const seen = new Map<string, number>();
  return agentCalls(lab, resource).filter(({ node }) => {
    const count = (seen.get(node) ?? 0) + 1;
    seen.set(node, count);
    return count > (mark.get(node) ?? 0);
  });
}
