import type { Cib } from "../pacemaker/cib.ts";

/** What nodes have to give and resources take: by name (memory in MiB, cpu), whole numbers. */
export type Utilization = ReadonlyMap<string, number>;

/** What is given away and what is free, by the utilization in the configuration. */
export class Room {
  /** Whether Pacemaker counts it at all when it places resources (`placement-strategy`). */
  readonly counts: boolean;
  readonly #asked = new Map<string, Utilization>();
  readonly #capacity = new Map<string, Utilization>();

  constructor(cib: Cib) {
    this.counts = (cib.property("placement-strategy") ?? "default") !== "default";
    for (const { id, kind, element } of cib.resources) {
      if (kind === "primitive") this.#asked.set(id, numbers(cib.nvpairs(element, "utilization")));
    }
    for (const { name, utilization } of cib.nodes) this.#capacity.set(name, numbers(utilization));
  }

  /** What a resource asks for. */
  asks(resource: string): Utilization {
    return this.#asked.get(resource) ?? new Map();
  }

  /** What a node has to give; a kind that it does not name is without limit. */
  capacity(node: string): Utilization {
    return this.#capacity.get(node) ?? new Map();
  }

  /** What is free on a node when those resources run there; below zero where more is given away than there is. */
  free(node: string, resources: Iterable<string>): Utilization {
    const free = new Map(this.capacity(node));
    for (const resource of resources) {
      for (const [kind, amount] of this.asks(resource)) {
        const left = free.get(kind);
        if (left !== undefined) free.set(kind, left - amount);
      }
    }
    return free;
  }

  /** The kinds of which a resource asks for more than is free. */
  lacking(resource: string, free: Utilization): readonly { kind: string; asked: number; free: number }[] {
    if (!this.counts) return [];
    return [...this.asks(resource)].flatMap(([kind, asked]) => {
      const left = free.get(kind);
      return left !== undefined && asked > left ? [{ kind, asked, free: left }] : [];
    });
  }
}

function numbers(pairs: ReadonlyMap<string, string>): Utilization {
  const found = new Map<string, number>();
  for (const [name, text] of pairs) if (/^\d{1,12}$/.test(text)) found.set(name, Number(text));
  return found;
}
