import { useEffect, useMemo, useState } from "react";
import { isAudit as isOfAudit } from "../../../src/contract/event.ts";
import { answers, type ClusterEvent } from "../api/answers.ts";
import { errorText } from "../api/error-text.ts";
import { useCluster, useConsole } from "../app/console-context.ts";

export interface EventQuestion {
  readonly vm?: string;
  readonly node?: string;
  /** What kinds begin with. */
  readonly kind?: string;
}

interface Known {
  readonly events: readonly ClusterEvent[] | undefined;
  readonly silent: readonly { readonly node: string; readonly why: string }[];
  readonly failure: string | undefined;
}

/** While a name is typed nothing is asked. */
const typingMs = 300;
/** Nodes tell the same at times that differ by that. */
const sameMs = 30_000;

/** Of what every node is told, each has a key of its own (src/history/merge-events.ts). */
function isSame(one: ClusterEvent, other: ClusterEvent): boolean {
  const words = ({ kind, node, vm, subject, text }: ClusterEvent) =>
    JSON.stringify([kind, node, vm, subject, text]);
  return Math.abs(one.time - other.time) <= sameMs && words(one) === words(other);
}

/** The events that a question is about, the latest first: what the nodes have kept, and what is told since. */
export function useEvents({ vm = "", node = "", kind = "" }: EventQuestion, isAudit: boolean): Known {
  const { client } = useConsole();
  const { events: told, openings } = useCluster();
  const [known, setKnown] = useState<Known>({ events: undefined, silent: [], failure: undefined });
  const words = new URLSearchParams({ limit: "1000" });
  for (const [name, value] of Object.entries({ vm, node, kind })) if (value !== "") words.set(name, value);
  const path = `${isAudit ? "/v1/audit" : "/v1/events"}?${words}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was not told while there was no stream is in the histories
  useEffect(() => {
    const end = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const { events, silent } = (await client.get(path, answers.events, end.signal)).value;
        setKnown({ events: events.toReversed(), silent, failure: undefined });
      } catch (error) {
        if (!end.signal.aborted) setKnown({ events: undefined, silent: [], failure: errorText(error) });
      }
    };
    const timer = setTimeout(() => void ask(), typingMs);
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [client, path, openings]);
  return useMemo(() => {
    if (known.events === undefined) return known;
    const { events } = known;
    const keys = new Set(events.map(({ key }) => key));
    const since = told.filter(
      (event) =>
        !keys.has(event.key) &&
        !events.some((one) => isSame(one, event)) &&
        isOfAudit(event.kind) === isAudit &&
        (vm === "" || event.vm === vm) &&
        (node === "" || event.node === node) &&
        event.kind.startsWith(kind),
    );
    return { ...known, events: [...since, ...events].toSorted((one, other) => other.time - one.time) };
  }, [known, told, isAudit, vm, node, kind]);
}
