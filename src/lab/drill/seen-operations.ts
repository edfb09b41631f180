/** An operation that succeeded, as the node that ran it has logged it. */
export interface SeenOperation {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly resource: string;
  readonly operation: string;
  readonly node: string;
}

const result = /^(\S{3} [ \d]\d) (\S+) .*Result of (\w+) operation for (\S+) on (\S+): ok\b/i;
const fencing = /^(\S{3} [ \d]\d) (\S+) .*Operation '\w+' targeting (\S+) .*: OK\b/i;

/**
 * Reads what Pacemaker 2.1 and 3.0 write to pacemaker.log of operations ("notice: Result of start operation for vm-a on
 * node2: OK"), in the order of the lines. Probes are not among them.
 *
 * @param year The log does not say it
 */
export function seenOperations(text: string, year: number): readonly SeenOperation[] {
  return text.split("\n").flatMap((line) => {
    const [, day = "", clock = "", operation = "", resource = "", node = ""] = result.exec(line) ?? [];
    const time = logTime(day, clock, year);
    return time === undefined || operation === "monitor" ? [] : [{ time, resource, operation, node }];
  });
}

/** When the fencing of a node was confirmed first, milliseconds since 1970; undefined: it was not. */
export function seenFencing(text: string, year: number, target: string): number | undefined {
  for (const line of text.split("\n")) {
    const [, day = "", clock = "", node] = fencing.exec(line) ?? [];
    if (node === target) return logTime(day, clock, year);
  }
  return undefined;
}

/** Nodes of a lab have UTC. */
function logTime(day: string, clock: string, year: number): number | undefined {
  if (day === "" || clock === "") return undefined;
  const time = Date.parse(`${day} ${year} ${clock} UTC`);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * How long a resource did not run, in seconds: until it was started on the node where it is now. Null when it did not
 * stop, or was not started again.
 *
 * @param cut When its node lost its power, where it was on one that has; else it did not stop before its first stop
 */
export function secondsDown(
  operations: readonly SeenOperation[],
  {
    resource,
    place,
    cut,
  }: { readonly resource: string; readonly place: string; readonly cut: number | undefined },
): number | null {
  const own = operations.filter((one) => one.resource === resource).toSorted((a, b) => a.time - b.time);
  const left = new Set<string>();
  let began = cut;
  let ended: number | undefined;
  for (const { operation, node, time } of own) {
    if (operation === "migrate_to") left.add(node);
    // A migration ends with a stop at its source, where nothing runs any more.
    if (operation === "stop" && !left.delete(node)) began ??= time;
    if (operation === "start" && node === place) ended = time;
  }
  return began === undefined || ended === undefined || ended < began ? null : (ended - began) / 1000;
}
