import type { Cib } from "../pacemaker/cib.ts";

/**
 * The attribute of a node that says which VMs a drain has moved away from it, and where to: one line, written in one
 * change with the standby, so that whoever ends it, and wherever, knows what to bring back.
 */
export const drainAttribute = "haven-drain";

/** What a drain has moved, or is moving. */
export interface DrainRecord {
  /** When it began: milliseconds since 1970, without fractions of a second. */
  readonly time: number;
  /** Where each VM went, by its name. */
  readonly places: ReadonlyMap<string, string>;
}

/** "2026-11-28T23:10:00Z node2=web1,web2 node3=db1". */
export function writeDrainRecord({ time, places }: DrainRecord): string {
  const byNode = Map.groupBy(places.keys(), (name) => places.get(name) ?? "");
  const words = [...byNode].map(([node, names]) => `${node}=${names.join(",")}`);
  return [new Date(time).toISOString().replace(/\.\d+Z$/, "Z"), ...words].join(" ");
}

/** Undefined for what is no such line: then nothing is known of any drain. */
export function readDrainRecord(line: string | undefined): DrainRecord | undefined {
  const [when = "", ...words] = (line ?? "").split(" ");
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(when) ? Date.parse(when) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  const places = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at <= 0) return undefined;
    for (const name of word.slice(at + 1).split(",")) if (name !== "") places.set(name, word.slice(0, at));
  }
  return { time, places };
}

/** The records of all nodes that have one, by the node's name. */
export function drainRecords(cib: Cib): ReadonlyMap<string, DrainRecord> {
  return new Map(
    cib.nodes.flatMap(({ name, attributes }) => {
      const record = readDrainRecord(attributes.get(drainAttribute));
      return record === undefined ? [] : [[name, record] as const];
    }),
  );
}

/**
 * Where drains have brought a VM that one of them moved away from a node: a later drain, of the node where it went,
 * may have moved it on.
 */
export function drainedTo(
  records: ReadonlyMap<string, DrainRecord>,
  home: string,
  name: string,
): string | undefined {
  const passed = new Set([home]);
  let place = records.get(home)?.places.get(name);
  while (place !== undefined && !passed.has(place)) {
    passed.add(place);
    const next = records.get(place)?.places.get(name);
    if (next === undefined || passed.has(next)) break;
    place = next;
  }
  return place;
}
