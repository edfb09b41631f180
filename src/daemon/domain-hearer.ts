import type { Libvirt } from "../libvirt/client.ts";
import { errorCode, lifecycleEvent, stoppedDetail } from "../libvirt/constants.ts";
import { isLibvirtError } from "../libvirt/libvirt-error.ts";
import type { Arrivals } from "./arrivals.ts";
import type { ClusterVms } from "./cluster-vms.ts";
import { domainEventText } from "./domain-event.ts";
import type { EventKeeper } from "./event-keeper.ts";
import type { GoneReporter } from "./gone-reporter.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { LibvirtEvent } from "./libvirt-watcher.ts";
import type { StatusKeeper } from "./status-keeper.ts";

export interface DomainHearerOptions {
  readonly keeper: Pick<StatusKeeper, "last">;
  readonly vms: Pick<ClusterVms, "find">;
  readonly arrivals: Pick<Arrivals, "heard" | "has">;
  readonly reporter: Pick<GoneReporter, "stopped">;
  readonly heartbeats: Pick<Heartbeats, "ended" | "excuse">;
  readonly events: Pick<EventKeeper, "record">;
}

/** What follows from each thing that libvirt tells of a domain of this node's. */
export class DomainHearer {
  constructor(private readonly options: DomainHearerOptions) {}

  /** @param libvirt Who has told of it */
  heard(event: LibvirtEvent, libvirt: Libvirt): void {
    this.options.arrivals.heard(event);
    // What is to be done comes first: the history may wait for a disk.
    this.#report(event, libvirt);
    this.#excuse(event);
    this.#remember(event);
  }

  #report(event: LibvirtEvent, libvirt: Libvirt): void {
    if (event.name !== "lifecycle" || event.event !== lifecycleEvent.stopped) return;
    const detail = detailNames.get(event.detail);
    if (detail === undefined) return;
    const { uuid, name } = event.dom;
    void this.options.reporter.stopped({ uuid, name, detail }, () => isGone(libvirt, uuid));
  }

  /** What its guest has said before does not count in a new run; and while its state changes it cannot speak. */
  #excuse(event: LibvirtEvent): void {
    const { heartbeats } = this.options;
    if (isNewRun(event)) heartbeats.ended(this.#nameOf(event));
    else if (event.name === "lifecycle") heartbeats.excuse(this.#nameOf(event));
  }

  #remember(event: LibvirtEvent): void {
    const { arrivals, events } = this.options;
    const found = domainEventText(event);
    // What arrives stands still until its source has gone.
    if (found === undefined || (found.kind === "vm.paused" && arrivals.has(event.dom.uuid))) return;
    const vm = this.#nameOf(event);
    events.record({ kind: found.kind, vm, text: `${vm}${/^\W/.test(found.text) ? "" : " "}${found.text}` });
  }

  #nameOf({ dom }: LibvirtEvent): string {
    const { keeper, vms } = this.options;
    return vms.find(keeper.last?.configuration ?? "", dom.uuid)?.name ?? dom.name;
  }
}

const detailNames: ReadonlyMap<number, keyof typeof stoppedDetail> = new Map(
  Object.entries(stoppedDetail).map(([name, number]) => [number, name as keyof typeof stoppedDetail]),
);

function isNewRun(event: LibvirtEvent): boolean {
  if (event.name !== "lifecycle") return event.name === "reboot";
  return event.event === lifecycleEvent.started || event.event === lifecycleEvent.stopped;
}

/** Only libvirt's clear word that it has no such domain, or that it does not run, counts. */
async function isGone(libvirt: Libvirt, uuid: string): Promise<boolean> {
  try {
    const { id } = await libvirt.domainLookupByUUID(uuid, { timeoutMs: 2000 });
    return id === -1;
  } catch (error) {
    return isLibvirtError(error, errorCode.noDomain);
  }
}
