import { useCallback, useEffect, useState } from "react";
import type { z } from "zod";
import { errorText } from "../api/error-text.ts";
import { useCluster, useConsole } from "../app/console-context.ts";

export interface Answered<T> {
  readonly value: T | undefined;
  /** What it is changed with, where it can be. */
  readonly tag: string | undefined;
  readonly failure: string | undefined;
  readonly again: () => void;
}

interface Known<T> {
  readonly value?: T;
  readonly tag?: string | undefined;
  readonly failure?: string;
}

/**
 * What the API answers to a question, read again when the configuration was changed.
 *
 * @param path undefined: nothing is asked
 * @param isOnce Read again only when that is asked for: of what is much work for the nodes
 */
export function useAnswer<S extends z.ZodType>(
  path: string | undefined,
  schema: S,
  isOnce = false,
): Answered<z.output<S>> {
  const { client } = useConsole();
  const lastChange = useCluster().status?.cluster.lastChange;
  const changed = isOnce ? undefined : lastChange;
  const [count, setCount] = useState(0);
  const [known, setKnown] = useState<Known<z.output<S>>>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed configuration is why it is read again
  useEffect(() => {
    if (path === undefined) return;
    const end = new AbortController();
    client.get(path, schema, end.signal).then(
      ({ value, tag }) => setKnown({ value, tag }),
      (error: unknown) => {
        if (!end.signal.aborted) setKnown({ failure: errorText(error) });
      },
    );
    return () => end.abort();
  }, [client, path, schema, changed, count]);
  const again = useCallback(() => setCount((before) => before + 1), []);
  return { value: known.value, tag: known.tag, failure: known.failure, again };
}
