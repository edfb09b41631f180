import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import { jsonOf } from "../base/json-of.ts";
import type { Log } from "../base/log.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { ClusterMembers } from "./cluster-members.ts";
import { eachLine } from "./each-line.ts";
import type { PeerClient } from "./peer-client.ts";
import { peerEventOf } from "./peer-event-of.ts";
import { followAnswer } from "./peer-protocol.ts";
import { peerBeatMs } from "./tell-peer.ts";

export interface FollowPeersOptions {
  readonly node: string;
  readonly members: Pick<ClusterMembers, "names">;
  readonly peers: Pick<PeerClient, "open">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called for each event as another node tells it; several may tell the same. */
  readonly onEvent: (node: string, event: HavenEvent) => void;
}

/** A page that is loaded anew comes back within that time: the others are not left for it. */
const lingerMs = 30_000;
/** So often it is looked whether nodes have come or gone. */
const lookEveryMs = 30_000;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;
/** Longer than any event. */
const mostLineBytes = 1024 * 1024;

/** Hears what the daemons of the other nodes take in, as long as somebody here wants to know. */
export class FollowPeers {
  readonly #options: FollowPeersOptions;
  #following: AbortController | undefined;
  #leaving: AbortController | undefined;
  /** The numbers of what was told last, by node: a connection that breaks loses nothing. */
  readonly #last = new Map<string, number>();

  constructor(options: FollowPeersOptions) {
    this.#options = options;
  }

  /** How many listen here now. The first has all other nodes asked; some time after the last has gone they are left. */
  listeners(count: number): void {
    const { clock, signal } = this.#options;
    this.#leaving?.abort();
    this.#leaving = undefined;
    if (signal.aborted) return;
    if (count > 0) {
      if (this.#following !== undefined) return;
      this.#following = new AbortController();
      void this.#follow(AbortSignal.any([signal, this.#following.signal]));
      return;
    }
    const leaving = new AbortController();
    this.#leaving = leaving;
    clock.sleep(lingerMs, AbortSignal.any([signal, leaving.signal])).then(
      () => this.#leave(),
      () => undefined,
    );
  }

  #leave(): void {
    this.#following?.abort();
    this.#following = undefined;
    // What happens until somebody listens again is in the histories that it asks first.
    this.#last.clear();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { node: own, members, clock } = this.#options;
    const followed = new Map<string, AbortController>();
    while (!signal.aborted) {
      const names = (await members.names()).filter((name) => name !== own);
      for (const [name, end] of followed) {
        if (names.includes(name)) continue;
        end.abort();
        followed.delete(name);
      }
      for (const name of names) {
        if (followed.has(name)) continue;
        const end = new AbortController();
        followed.set(name, end);
        void this.#followOne(name, AbortSignal.any([signal, end.signal]));
      }
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  async #followOne(node: string, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let wait = firstWaitMs;
    while (!signal.aborted) {
      try {
        await this.#hear(node, signal, () => {
          wait = firstWaitMs;
        });
      } catch (error) {
        if (!signal.aborted) log.debug(`What ${node} takes in is not heard: ${printError(error)}`);
      }
      await clock.sleep(wait, signal).catch(() => undefined);
      wait = Math.min(wait * 2, longestWaitMs);
    }
  }

  /** @throws HavenError as `PeerClient.open`, Error where what comes is no line */
  async #hear(node: string, signal: AbortSignal, onHeard: () => void): Promise<void> {
    const { peers, onEvent } = this.#options;
    const after = this.#last.get(node);
    const ask = { ask: "follow", ...(after === undefined ? {} : { after }) } as const;
    const { body, socket } = await peers.open(node, ask, signal);
    const { data: begin } = followAnswer.safeParse(body);
    if (begin === undefined) {
      socket.destroy();
      throw new Error("its answer cannot be read");
    }
    // Without `after` the node begins with what comes; and one whose history was begun anew counts from there.
    if (after === undefined || after > begin.last) this.#last.set(node, begin.last);
    onHeard();
    await eachLine(socket, { mostBytes: mostLineBytes, silentMs: 3 * peerBeatMs, signal }, (line) => {
      const event = peerEventOf(jsonOf(line));
      if (event === undefined) return;
      this.#last.set(node, Math.max(this.#last.get(node) ?? 0, event.id));
      onEvent(node, event);
    });
  }
}
