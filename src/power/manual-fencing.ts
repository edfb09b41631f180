/**
 * How a fence agent that waits for a person, and that person, find each other: by two transient attributes of the
 * node that the agent runs on, which Pacemaker tells all nodes. The request bears a word that is used once, so that an
 * answer to an older request, or to one for another node, never counts.
 */

/** A request that a person has to answer. */
export interface ManualRequest {
  /** The node that is to be off. */
  readonly target: string;
  /** The node whose agent waits. */
  readonly askedBy: string;
  /** Used once: what the answer must say. */
  readonly word: string;
  /** When it was last said that somebody waits, milliseconds since 1970. */
  readonly time: number;
}

const prefix = "haven-manual-off.";
const answerPrefix = "haven-manual-done.";

/** An agent says that often that it still waits, milliseconds. */
export const manualRefreshMs = 10_000;
/** What has not been said for so long is over: its agent was killed. */
export const manualStaleMs = 45_000;

export function manualRequestName(target: string): string {
  return `${prefix}${plain(target)}`;
}

export function manualAnswerName(target: string): string {
  return `${answerPrefix}${plain(target)}`;
}

function plain(target: string): string {
  return target.replace(/[^A-Za-z0-9_.-]/g, "_");
}

/** The request's value. */
export function manualRequestValue(word: string, target: string, time: number): string {
  return `${word} ${new Date(time).toISOString()} ${target}`;
}

/**
 * The requests that wait for a person.
 *
 * @param nodes Nodes with their attributes
 * @param now Milliseconds since 1970
 */
export function manualRequests(
  nodes: readonly { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[],
  now: number,
): readonly ManualRequest[] {
  return nodes.flatMap(({ name, attributes }) =>
    [...attributes].flatMap(([attribute, value]): ManualRequest[] => {
      if (!attribute.startsWith(prefix)) return [];
      const [, word, when = "", target] = /^([0-9a-f-]{36}) (\S+) (\S+)$/.exec(value) ?? [];
      const time = Date.parse(when);
      if (word === undefined || target === undefined || Number.isNaN(time)) return [];
      // The clock of another node may be ahead.
      return Math.abs(now - time) > manualStaleMs ? [] : [{ target, askedBy: name, word, time }];
    }),
  );
}
