import { operationsOf } from "../agents/pacemaker-record.ts";
import type { ChannelHandlers } from "../guest/channel-session.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import { setRole } from "../vm/shed-mark.ts";
import type { ClusterVms } from "./cluster-vms.ts";
import { endDomain } from "./end-domain.ts";
import type { EventKeeper } from "./event-keeper.ts";
import { type FenceWorld, fenceVm } from "./guest-fence.ts";
import { GuestService } from "./guest-service.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { StatusKeeper } from "./status-keeper.ts";

type FenceTools = Pick<FenceWorld, "clock" | "log" | "signal">;

/** What the daemon knows and does for guests. */
export interface GuestWorld extends FenceTools {
  readonly keeper: StatusKeeper;
  readonly vms: ClusterVms;
  readonly pacemaker: Pacemaker;
  readonly events: EventKeeper;
  readonly heartbeats: Heartbeats;
}

/** What comes of what this node's guests say on their channels. */
export function guestHandlers({
  keeper,
  vms,
  pacemaker,
  events,
  heartbeats,
  clock,
  log,
  signal,
}: GuestWorld): ChannelHandlers {
  const service = new GuestService({
    vms: async () => vms.all((await keeper.current()).configuration),
    fence: (vm) =>
      fenceVm(vm, {
        ...{ clock, log, signal },
        status: async () => (await keeper.current()).status,
        operations: operationsOf,
        destroy: endDomain,
        fail: (resource, node) => pacemaker.failResource(resource, node, { timeoutMs: 10_000 }),
        async keepDown(resource) {
          await changeCib({ pacemaker }, (editor) => setRole(editor, resource, "Stopped"), {
            simulate: false,
          });
        },
      }),
    ...{ events, heartbeats, log },
  });
  return {
    onReady: (vm, id) => service.onReady(vm, id),
    onHeartbeat: (vm) => service.onHeartbeat(vm),
    onFence: (vm, request) => service.onFence(vm, request),
    onList: (vm) => service.onList(vm),
  };
}
