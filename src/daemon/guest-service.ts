import { guestFolder, leaveReadyNote, readyNote } from "../base/guest-folder.ts";
import type { Log } from "../base/log.ts";
import type { ChannelHandlers } from "../guest/channel-session.ts";
import type { FenceRequest } from "../guest/guest-request.ts";
import type { FenceResult } from "../guest/host-answer.ts";
import { fenceTargets, mayFence } from "../guest/may-fence.ts";
import type { ClusterVm } from "./cluster-vms.ts";
import type { EventKeeper } from "./event-keeper.ts";
import type { FencedVm } from "./guest-fence.ts";
import type { Heartbeats } from "./heartbeats.ts";

export interface GuestServiceOptions {
  /** The cluster's VMs, as they are configured now. */
  readonly vms: () => Promise<readonly ClusterVm[]>;
  /** Ends a VM, see `fenceVm`. */
  readonly fence: (vm: FencedVm) => Promise<FenceResult>;
  readonly events: Pick<EventKeeper, "record">;
  readonly heartbeats: Pick<Heartbeats, "heard">;
  readonly log: Log;
  /** Where the notes of guests that are ready are left, for the agent's start; by the socket's path. */
  readonly noteOf?: (vm: string) => string | undefined;
}

/** What comes of what guests say on their channels. */
export class GuestService implements ChannelHandlers {
  readonly #options: GuestServiceOptions;
  /** One after the other for each VM: what is asked for later may mean a later copy of it. */
  readonly #fencing = new Map<string, Promise<FenceResult>>();

  constructor(options: GuestServiceOptions) {
    this.#options = options;
  }

  /** The guest is acknowledged when this has returned: whoever waits finds the note from then on. */
  onReady(vm: string, id: string): void {
    const { events, noteOf = (name) => readyNote(`${guestFolder}/${name}.sock`) } = this.#options;
    const note = noteOf(vm);
    if (note !== undefined) leaveReadyNote(note);
    events.record({ kind: "guest.ready", vm, text: `${vm} says that it is ready`, data: { id } });
  }

  onHeartbeat(vm: string): void {
    this.#options.heartbeats.heard(vm);
  }

  async onList(vm: string): Promise<readonly string[]> {
    return fenceTargets(vm, await this.#policies());
  }

  async onFence(vm: string, request: FenceRequest): Promise<FenceResult> {
    const { events, fence } = this.#options;
    const { target, action } = request;
    const all = await this.#options.vms();
    const verdict = mayFence(vm, target, policiesOf(all));
    const found = all.find(({ name }) => name === target);
    if (!verdict.allowed || found === undefined) {
      const why = verdict.allowed ? `there is no VM ${target}` : verdict.why;
      const text = `${vm} asked for the end of ${target} and may not: ${why}`;
      events.record({ kind: "guest.fence-refused", vm, subject: target, text });
      return { word: "denied", reason: "not-permitted" };
    }
    const { resource, uuid } = found;
    if (uuid === undefined) return { word: "failed", reason: "error" };
    const text = `${vm} asks for the end of ${target} (${action})`;
    events.record({ kind: "guest.fence-asked", vm, subject: target, text });
    const before = this.#fencing.get(target) ?? Promise.resolve(undefined);
    const own = before.then(() => fence({ name: target, resource, uuid, action }));
    this.#fencing.set(target, own);
    const result = await own;
    if (this.#fencing.get(target) === own) this.#fencing.delete(target);
    if (result.word === "done") {
      const done = `${target} is dead, as ${vm} asked (${action})`;
      events.record({ kind: "guest.fence-done", vm: target, subject: vm, text: done });
    } else {
      const why = `${target} is not known to be dead, though ${vm} asked for its end: ${result.reason}`;
      events.record({ kind: "guest.fence-failed", vm: target, subject: vm, text: why });
    }
    return result;
  }

  async #policies() {
    return policiesOf(await this.#options.vms());
  }
}

function policiesOf(vms: readonly ClusterVm[]) {
  return vms.map(({ name, spec }) => ({ name, labels: spec?.labels, policies: spec?.policies }));
}
