import { expect, test } from "bun:test";
import type { Libvirt } from "../libvirt/client.ts";
import { lifecycleEvent, stoppedDetail, suspendedDetail } from "../libvirt/constants.ts";
import { DomainHearer } from "./domain-hearer.ts";
import type { LibvirtEvent } from "./libvirt-watcher.ts";

const dom = { uuid: "u1", name: "web-1a2b", id: 1 };

/** What is done, in its order, about lifecycle events and others. */
function heard(events: readonly object[], { arrives = false, isKnown = true } = {}): readonly string[] {
  const done: string[] = [];
  const hearer = new DomainHearer({
    keeper: { last: undefined },
    vms: { find: () => (isKnown ? { name: "web", resource: "vm-web" } : undefined) as never },
    arrivals: { heard: () => void done.push("arrivals"), has: () => arrives },
    reporter: {
      stopped: async ({ name, detail }) => void done.push(`stopped ${name} ${detail}`),
    },
    heartbeats: {
      ended: (vm) => void done.push(`ended ${vm}`),
      excuse: (vm) => void done.push(`excused ${vm}`),
    },
    events: { record: ({ kind, vm }) => void done.push(`${kind} ${vm}`) },
  });
  for (const event of events) hearer.heard({ dom, ...event } as LibvirtEvent, {} as Libvirt);
  return done;
}

const lifecycle = (event: number, detail = 0) => ({ name: "lifecycle", event, detail });

test("an end is reported before anything else, and begins a new run", () => {
  expect(heard([lifecycle(lifecycleEvent.stopped, stoppedDetail.crashed)]).slice(0, 3)).toEqual([
    "arrivals",
    "stopped web-1a2b crashed",
    "ended web",
  ]);
  expect(heard([lifecycle(lifecycleEvent.stopped, 99)])).toEqual(["arrivals", "ended web"]);
  expect(heard([lifecycle(lifecycleEvent.started)])).toEqual(["arrivals", "ended web"]);
  expect(heard([{ name: "reboot" }])).toEqual(["arrivals", "ended web", "vm.rebooted web"]);
});

test("who stands still cannot speak; what has just arrived is not told of as paused", () => {
  const paused = lifecycle(lifecycleEvent.suspended, suspendedDetail.paused);
  expect(heard([paused])).toEqual(["arrivals", "excused web", "vm.paused web"]);
  expect(heard([paused], { arrives: true })).toEqual(["arrivals", "excused web"]);
});

test("a domain of which the cluster does not know is told of by its own name", () => {
  expect(heard([{ name: "controlError" }], { isKnown: false })).toEqual([
    "arrivals",
    "vm.control-lost web-1a2b",
  ]);
});
