import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { lookUp } from "../base/look-up.ts";
import type { Environment } from "../ops/environment.ts";
import { LibvirtConnections } from "../ops/libvirt-connections.ts";
import { type VmDetails, vmShow } from "../ops/vm-show.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { Slots } from "./slots.ts";

export interface LiveVmDetailsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Each asks Pacemaker, and libvirt of the VM's nodes. */
const atOnce = { most: 4, waiting: 100 } as const;

/**
 * Tells everything about one VM, as `haven vm show` does.
 *
 * @returns what throws HavenError vm.not-found, api.busy, and what that command throws
 */
export function liveVmDetails({
  clock,
  log,
  signal,
}: LiveVmDetailsOptions): (name: string) => Promise<VmDetails> {
  const slots = new Slots(
    atOnce.most,
    atOnce.waiting,
    () => new HavenError("api.busy", { what: "questions about VMs", count: atOnce.most + atOnce.waiting }),
  );
  const onlyAsks = (what: string) => Promise.reject(new HavenError("internal", { what }));
  return (name) =>
    slots.run(async () => {
      const connections = new LibvirtConnections(signal);
      const environment: Environment = {
        ...{ isLive: true, clock, log, signal, pacemaker: livePacemaker({ signal }) },
        progress: () => undefined,
        lookUp: (host) => lookUp(host, signal),
        libvirt: (node = hostname(), driver = "qemu") => connections.open(node, driver),
        history: () => onlyAsks("a question about a VM asked for the history"),
        confirm: () => Promise.resolve(false),
        onCommit: () => onlyAsks("a question about a VM changed the configuration"),
      };
      try {
        const [vm] = await vmShow(environment, { names: [name] });
        if (vm === undefined) throw new HavenError("vm.not-found", { name });
        return vm;
      } finally {
        await connections.close();
      }
    });
}
