import type { HavenEvent } from "../../contract/event.ts";

export interface RecoveryTimesOptions {
  /** This node. */
  readonly node: string;
  /** The VMs that a node was known to run, and that were to run. */
  readonly ranOn: (node: string) => readonly string[];
}

export interface Recovery {
  readonly cause: "vm" | "node";
  readonly seconds: number;
}

/** What starts later was started by somebody, and no recovery. */
const longestMs = 3_600_000;

/**
 * Measures how long VMs were gone, from the events of this node's history: a VM that ended here and was started here
 * again, and one whose node was lost and that was started here. What ended elsewhere and was started here only this
 * node's history does not tell.
 */
export class RecoveryTimes {
  readonly #options: RecoveryTimesOptions;
  readonly #gone = new Map<string, { readonly cause: Recovery["cause"]; readonly at: number }>();

  constructor(options: RecoveryTimesOptions) {
    this.#options = options;
  }

  /** Takes an event in. @returns the recovery that it is the end of */
  heard(event: HavenEvent): Recovery | undefined {
    const { node, ranOn } = this.#options;
    const { kind, vm, time } = event;
    if (kind === "node.lost" && event.node !== node) {
      for (const lost of ranOn(event.node)) this.#isGone(lost, "node", time);
    } else if (vm === undefined || event.node !== node) {
      return undefined;
    } else if (kind === "vm.gone" || (kind === "vm.failed" && event.data?.task === "monitor")) {
      this.#isGone(vm, "vm", time);
    } else if (kind === "vm.started") {
      return this.#isBack(vm, time);
    }
    return undefined;
  }

  /** VMs that run on another node now have been recovered there. */
  runElsewhere(vms: Iterable<string>): void {
    for (const vm of vms) this.#gone.delete(vm);
  }

  #isGone(vm: string, cause: Recovery["cause"], at: number): void {
    const known = this.#gone.get(vm);
    // It is told of more than once: the first counts.
    if (known === undefined || at - known.at > longestMs) this.#gone.set(vm, { cause, at });
  }

  #isBack(vm: string, time: number): Recovery | undefined {
    const known = this.#gone.get(vm);
    this.#gone.delete(vm);
    if (known === undefined || time - known.at > longestMs) return undefined;
    return { cause: known.cause, seconds: Math.max(0, time - known.at) / 1000 };
  }
}
