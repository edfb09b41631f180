import type { ClusterEvent, HavenEvent } from "../contract/event.ts";

/** Events of one node's history. */
export interface NodeEvents {
  readonly node: string;
  /** In any order. */
  readonly events: readonly HavenEvent[];
}

/** What Pacemaker's alert agents tell on every node, each with the time at which its node heard of it. */
const toldEverywhere: ReadonlySet<string> = new Set([
  ...["node.joined", "node.lost", "fence.succeeded", "fence.failed"],
]);
/** Nodes hear of the same within that time: they count how long a node has been silent each for itself. */
const sameMs = 30_000;
/** Who follows asks a node that was silent again: what it has to tell then may be as old as this. */
const rememberMs = 10 * 60_000;
const forgetEveryMs = 10_000;

type Known = { -readonly [K in keyof ClusterEvent]: ClusterEvent[K] };

/**
 * Puts the histories of nodes together, in the order of time. What several nodes were told of is one event: the same
 * key, or, of what every node is told, the same words by another node at about the same time. It remembers what it was
 * given, so that who follows sees nothing again.
 */
export class EventMerger {
  readonly #byKey = new Map<string, Known>();
  readonly #byWords = new Map<string, Known[]>();
  #forgotAt = 0;

  /** The events that are new, the oldest first. */
  add(histories: readonly NodeEvents[]): readonly ClusterEvent[] {
    const all = histories
      .flatMap(({ node, events }) => events.map((event) => ({ node, event })))
      .sort((a, b) => a.event.time - b.event.time || compare(a.node, b.node) || a.event.id - b.event.id);
    const fresh: Known[] = [];
    for (const { node, event } of all) {
      const known = this.#byKey.get(event.key) ?? this.#sameWords(node, event);
      if (known === undefined) fresh.push(this.#remember(node, event));
      else {
        this.#byKey.set(event.key, known);
        if (!known.from.includes(node)) known.from = [...known.from, node];
      }
    }
    const now = all.at(-1)?.event.time ?? 0;
    // All that is remembered is looked through: not for each of many that are told one by one.
    if (now - this.#forgotAt >= forgetEveryMs) {
      this.#forgotAt = now;
      this.#forget(now);
    }
    return fresh;
  }

  /** Of two fencings of one node that went alike, each node tells the first first. */
  #sameWords(node: string, event: HavenEvent): Known | undefined {
    return this.#byWords
      .get(wordsOf(event) ?? "")
      ?.find((known) => Math.abs(event.time - known.time) <= sameMs && !known.from.includes(node));
  }

  #remember(node: string, event: HavenEvent): Known {
    const known: Known = { ...event, from: [node] };
    this.#byKey.set(event.key, known);
    const words = wordsOf(event);
    if (words !== undefined) this.#byWords.set(words, [...(this.#byWords.get(words) ?? []), known]);
    return known;
  }

  #forget(now: number): void {
    for (const [key, { time }] of this.#byKey) if (now - time > rememberMs) this.#byKey.delete(key);
    for (const [words, known] of this.#byWords) {
      const left = known.filter(({ time }) => now - time <= rememberMs);
      if (left.length === 0) this.#byWords.delete(words);
      else this.#byWords.set(words, left);
    }
  }
}

/** The last so many. */
export function latest<T>(events: readonly T[], count: number): readonly T[] {
  return events.slice(Math.max(0, events.length - Math.max(0, count)));
}

function wordsOf({ kind, node, vm, subject, text }: HavenEvent): string | undefined {
  return toldEverywhere.has(kind) ? JSON.stringify([kind, node, vm, subject, text]) : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
