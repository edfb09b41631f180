import type { HavenEvent } from "../contract/event.ts";

/** What a fencing came of. */
export interface FenceCause {
  readonly code: "stop" | "guest" | "hand" | "lost" | "failure" | "unknown";
  readonly text: string;
  /** What failed, or who asked. */
  readonly object?: string;
  /** What keeps it from happening again, or tells more. */
  readonly command?: string;
}

/** A cause comes so long before the fencing is over, at the most. */
const withinMs = 15 * 60_000;
/** Times of several nodes differ by a little. */
const aboutMs = 5000;

/**
 * What a node's fencing came of, by what the history tells from shortly before it.
 *
 * @param fencing The event of it; undefined where only the fencer remembers it
 * @param before What happened on and to the node before, the latest first
 * @param client Who asked the fencer, without its process: "pacemaker-controld", "stonith_admin"
 */
export function fenceCause(
  node: string,
  fencing: HavenEvent | undefined,
  before: readonly HavenEvent[],
  client: string | undefined,
): FenceCause {
  const until = fencing?.time ?? Number.POSITIVE_INFINITY;
  const last = before.findIndex(({ kind }) => kind === "fence.succeeded");
  const recent = (last < 0 ? before : before.slice(0, last)).filter(
    ({ time }) => time <= until + aboutMs && (fencing === undefined || time >= until - withinMs),
  );
  const stop = recent.find(
    ({ kind, data = {} }) => /^(vm|resource)\.failed$/.test(kind) && (data.action ?? data.task) === "stop",
  );
  if (stop !== undefined) {
    const name = stop.vm ?? stop.subject ?? "";
    const why = typeof stop.data?.why === "string" ? `: ${stop.data.why}` : "";
    const text = `${name} could not be stopped there${why}, and nothing else makes sure that it is gone`;
    return { code: "stop", text, object: stop.subject ?? name, command: "haven timeouts show" };
  }
  const guest = recent.find(({ kind }) => kind.startsWith("guest.fence-"));
  if (guest !== undefined) return { code: "guest", text: guest.text, object: guest.vm ?? node };
  if (client !== undefined && !/^(pacemaker-controld|crmd|stonith-api)$/.test(client)) {
    const text = `a person or a program has asked for it (${client})`;
    return { code: "hand", text, object: client, command: `haven audit --since 1d` };
  }
  const lost = recent.find(({ kind, node: of }) => kind === "node.lost" && of === node);
  if (lost !== undefined) {
    const text = "the cluster heard nothing of it any more: its power, its kernel or its network";
    return { code: "lost", text, object: node, command: `haven events --node ${node}` };
  }
  const failure = recent.find(({ kind }) => kind === "resource.failed" || kind === "vm.failed");
  if (failure !== undefined) {
    const object = failure.subject ?? failure.vm ?? node;
    return { code: "failure", text: failure.text, object, command: `haven events --node ${node}` };
  }
  return {
    ...{ code: "unknown", text: "the histories do not say why" },
    command: `on the DC of then: grep -i 'fence.*${node}' /var/log/pacemaker/pacemaker.log`,
  };
}
