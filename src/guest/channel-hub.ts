import { type FSWatcher, watch } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { ChannelLink } from "./channel-link.ts";
import type { ChannelHandlers, SessionDrops } from "./channel-session.ts";

export interface HubOptions extends ChannelHandlers {
  /** Where the sockets are, each called NAME.sock by its VM: `guestFolder`. It need not be there yet. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A channel as it is now. */
export interface ChannelState {
  readonly vm: string;
  readonly path: string;
  readonly isConnected: boolean;
  readonly drops: SessionDrops;
}

/** The folder is looked at so often; a change that the kernel tells of is seen at once. */
const scanEveryMs = 1000;
const socketName = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.sock$/;

interface Followed {
  readonly vm: string;
  /** Tells this socket from a later one of the same path. */
  readonly identity: string;
  readonly link: ChannelLink;
}

/**
 * Listens to all guests of this node. Sockets come and go as QEMU starts and ends: each is connected to, since QEMU
 * serves one client, and whoever comes second hears nothing. Which VM speaks is told by the socket's path alone.
 */
export class ChannelHub {
  readonly #options: HubOptions;
  readonly #followed = new Map<string, Followed>();
  /** Sockets that are elsewhere, by their paths. */
  readonly #extra = new Map<string, string>();
  /** All that have not ended, also those of sockets that are not to be found any more. */
  readonly #running = new Map<ChannelLink, Promise<void>>();
  #watcher: FSWatcher | undefined;
  #wake: (() => void) | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** The channels that are listened to. */
  channels(): readonly ChannelState[] {
    return [...this.#followed].map(([path, { vm, link }]) => ({
      vm,
      path,
      isConnected: link.isConnected,
      drops: link.session.drops,
    }));
  }

  /** Listens to a socket outside of the folder too, as `guestChannels` finds it in a domain's XML. */
  follow(vm: string, path: string): void {
    this.#extra.set(path, vm);
    this.#wake?.();
  }

  unfollow(path: string): void {
    if (!this.#extra.delete(path)) return;
    this.#followed.get(path)?.link.stop();
    this.#followed.delete(path);
    this.#wake?.();
  }

  /** Listens until the signal comes. Resolves when all connections are closed; never rejects. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      this.#watch();
      const changed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#scan();
      const pause = new AbortController();
      const stop = (): void => pause.abort();
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      await Promise.race([changed, clock.sleep(scanEveryMs, pause.signal).catch(() => undefined)]);
      signal.removeEventListener("abort", stop);
      stop();
    }
    this.#watcher?.close();
    for (const link of this.#running.keys()) link.stop();
    this.#followed.clear();
    await Promise.all(this.#running.values());
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      const watcher = watch(this.#options.folder, { persistent: false }, () => this.#wake?.());
      watcher.on("error", () => {
        watcher.close();
        this.#watcher = undefined;
      });
      this.#watcher = watcher;
    } catch {
      // There is no folder yet, or no more watches: the look at it every second is enough.
    }
  }

  async #scan(): Promise<void> {
    const { folder, log } = this.#options;
    let names: readonly string[] = [];
    try {
      names = await readdir(folder);
    } catch (error) {
      // No VM has been started since the node has booted.
      if (!isNotFound(error)) log.warn(`The guests' channels cannot be seen: ${String(error)}`);
    }
    const wanted = new Map(this.#extra);
    for (const name of names) {
      const vm = socketName.exec(name)?.[1];
      if (vm !== undefined) wanted.set(`${folder}/${name}`, vm);
    }
    for (const [path, { link }] of this.#followed) {
      if (wanted.has(path)) continue;
      link.retire();
      this.#followed.delete(path);
    }
    for (const [path, vm] of wanted) await this.#look(path, vm);
  }

  /** Follows the socket at a path, and no longer one that was there before. */
  async #look(path: string, vm: string): Promise<void> {
    const identity = await socketIdentity(path);
    const known = this.#followed.get(path);
    if (known !== undefined && known.identity === identity && known.vm === vm) return;
    known?.link.retire();
    this.#followed.delete(path);
    if (identity === undefined || this.#options.signal.aborted) return;
    const { clock, log } = this.#options;
    const link = new ChannelLink({ path, vm, clock, log, handlers: this.#options });
    this.#followed.set(path, { vm, identity, link });
    this.#running.set(
      link,
      link.run().finally(() => this.#running.delete(link)),
    );
  }
}

/** Undefined where no socket is: a link to one is none. */
async function socketIdentity(path: string): Promise<string | undefined> {
  try {
    const stat = await lstat(path, { bigint: true });
    return stat.isSocket() ? `${stat.dev}:${stat.ino}` : undefined;
  } catch {
    return undefined;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
