import { forgetOperations, formerMigrations } from "../agents/pacemaker-record.ts";
import { printError } from "../base/errors.ts";
import { lifecycleEvent, startedDetail } from "../libvirt/constants.ts";
import { type AfterArrivalOptions, afterArrival } from "./after-arrival.ts";
import type { ClusterVms } from "./cluster-vms.ts";
import type { LibvirtEvent } from "./libvirt-watcher.ts";
import type { StatusKeeper } from "./status-keeper.ts";

export interface ArrivalsOptions extends Pick<AfterArrivalOptions, "node" | "clock" | "log" | "signal"> {
  readonly keeper: Pick<StatusKeeper, "current">;
  readonly vms: ClusterVms;
}

/** The migrations to this node that are not over yet, each of which is looked after until it is. */
export class Arrivals {
  /** By their domains' UUIDs. */
  readonly #under = new Set<string>();

  constructor(private readonly options: ArrivalsOptions) {}

  /** Whether a domain's migration to this node is not over yet: it stands still until its source has gone. */
  has(uuid: string): boolean {
    return this.#under.has(uuid);
  }

  /** Begins to look after a migration when libvirt tells of one. */
  heard(event: LibvirtEvent): void {
    if (event.name !== "lifecycle" || event.event !== lifecycleEvent.started) return;
    if (event.detail === startedDetail.migrated) void this.#lookAfter(event.dom.uuid);
  }

  /** Never throws. */
  async #lookAfter(uuid: string): Promise<void> {
    const { keeper, vms, ...rest } = this.options;
    if (this.#under.has(uuid)) return;
    this.#under.add(uuid);
    try {
      const vm = vms.find((await keeper.current()).configuration, uuid);
      if (vm === undefined) return;
      await afterArrival(vm.resource, {
        ...rest,
        status: async () => (await keeper.current()).status,
        recorded: formerMigrations,
        forget: forgetOperations,
      });
    } catch (error) {
      const { log, signal } = this.options;
      if (!signal.aborted) log.info(`A migration to this node is not looked after: ${printError(error)}`);
    } finally {
      this.#under.delete(uuid);
    }
  }
}
