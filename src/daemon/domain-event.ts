import type { EventKind } from "../contract/event.ts";
import {
  blockJobStatus,
  crashedDetail,
  ioErrorAction,
  lifecycleEvent,
  suspendedDetail,
  watchdogAction,
} from "../libvirt/constants.ts";
import type { LibvirtEvent } from "./libvirt-watcher.ts";

/** What is worth remembering of an event of libvirt's. */
export interface DomainEventText {
  readonly kind: EventKind;
  /** To be read after the VM's name. */
  readonly text: string;
}

/**
 * What an event of a VM's domain says to people. Starts, stops and migrations are not here: the agent tells of them, and
 * knows why.
 */
export function domainEventText(event: LibvirtEvent): DomainEventText | undefined {
  switch (event.name) {
    case "reboot":
      return { kind: "vm.rebooted", text: "was rebooted by its guest" };
    case "watchdog":
      return {
        kind: "vm.watchdog",
        text: `'s watchdog was not fed: ${nameOf(watchdogAction, event.action)}`,
      };
    case "ioErrorReason":
      return ioErrorText(event);
    case "controlError":
      return { kind: "vm.control-lost", text: "cannot be controlled by libvirt any more" };
    case "blockJob":
      return blockJobText(event);
    case "lifecycle":
      return lifecycleText(event);
    default:
      return undefined;
  }
}

function ioErrorText({
  srcPath,
  devAlias,
  action,
  reason,
}: Extract<LibvirtEvent, { name: "ioErrorReason" }>): DomainEventText {
  const disk = srcPath === "" ? devAlias : srcPath;
  const what = reason === "enospc" ? `has no room on ${disk}` : `cannot read or write ${disk}`;
  const then = action === ioErrorAction.pause ? ": it was paused" : "";
  return { kind: "vm.io-error", text: `${what}${then}` };
}

function blockJobText({
  dst,
  status,
}: Extract<LibvirtEvent, { name: "blockJob" }>): DomainEventText | undefined {
  if (status === blockJobStatus.completed) return { kind: "vm.block-job", text: `: a job on ${dst} is done` };
  if (status === blockJobStatus.failed)
    return { kind: "vm.block-job-failed", text: `: a job on ${dst} has failed` };
  return undefined;
}

function lifecycleText({
  event,
  detail,
}: Extract<LibvirtEvent, { name: "lifecycle" }>): DomainEventText | undefined {
  if (event === lifecycleEvent.crashed && detail === crashedDetail.panicked) {
    return { kind: "vm.crashed", text: "'s guest has crashed (panic)" };
  }
  if (event === lifecycleEvent.suspended && detail === suspendedDetail.paused) {
    return { kind: "vm.paused", text: "was paused" };
  }
  return undefined;
}

function nameOf(names: Readonly<Record<string, number>>, number: number): string {
  const found = Object.entries(names).find(([, value]) => value === number);
  return found?.[0] ?? `action ${number}`;
}
