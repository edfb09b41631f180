import type { Socket } from "node:net";
import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { lookUp } from "../base/look-up.ts";
import { consoleClose } from "../contract/console-close.ts";
import type { Environment } from "../ops/environment.ts";
import { LibvirtConnections } from "../ops/libvirt-connections.ts";
import { locateVm } from "../ops/locate-vm.ts";
import { vmConsole } from "../ops/vm-console.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import type { ConsoleRequest } from "./console-request.ts";
import type { EventKeeper } from "./event-keeper.ts";
import { LastingSockets } from "./lasting-sockets.ts";
import { connectOwnScreen } from "./own-screen.ts";
import type { PeerClient } from "./peer-client.ts";
import { carryScreen } from "./screen-session.ts";
import { snapshotSoon } from "./snapshot-soon.ts";
import type { StatusKeeper } from "./status-keeper.ts";
import type { WebSocketEnd } from "./web-socket-end.ts";
import type { Caller } from "./who-calls.ts";

export interface ConsolesOptions {
  readonly keeper: Pick<StatusKeeper, "current" | "last" | "holdsFrom">;
  readonly events: Pick<EventKeeper, "record">;
  readonly peers: Pick<PeerClient, "open">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What is worked with, for tests. Default: the live cluster, and libvirt by connections of this console's own. */
  readonly environment?: ((signal: AbortSignal) => Environment & { close(): Promise<void> }) | undefined;
}

/** Who has opened a console. */
export type ConsoleCaller = Pick<Caller, "name" | "by" | "look">;

/** Each has a connection to libvirt, and takes a share of what libvirtd serves. */
const mostConsoles = 100;
/** What is typed waits for a guest that does not read; so much. */
const mostTyped = 1024 * 1024;

/** The consoles and screens of VMs that people have opened through the API. */
export class Consoles {
  readonly #options: ConsolesOptions;
  readonly #open: LastingSockets;

  constructor(options: ConsolesOptions) {
    this.#options = options;
    this.#open = new LastingSockets({ ...options, role: "operator" });
  }

  get count(): number {
    return this.#open.count;
  }

  /**
   * One side of a WebSocket; when it is open, it is connected with what was asked for.
   *
   * @throws HavenError api.consoles where there are too many
   */
  open(request: ConsoleRequest, caller: ConsoleCaller): WebSocketEnd {
    const { log } = this.#options;
    if (this.count >= mostConsoles) throw new HavenError("api.consoles", { count: this.count });
    return this.#open.open(caller, async (end) => {
      try {
        await this.#serve(end, request, caller);
      } catch (error) {
        log.warn(
          `The ${request.kind} of ${request.name} failed (request ${request.id}): ${printError(error)}`,
        );
        end.close(1011, "The daemon failed");
      }
    });
  }

  /** Forgets one that was never opened. */
  forget(end: WebSocketEnd): void {
    end.closed();
  }

  /** Ends consoles as the tokens and sessions of who has opened them end, until the signal comes. */
  async run(): Promise<void> {
    await this.#open.run();
  }

  /** Ends the consoles of who may not any more. */
  async look(): Promise<void> {
    await this.#open.look();
  }

  async #serve(end: WebSocketEnd, request: ConsoleRequest, caller: ConsoleCaller): Promise<void> {
    const { environment = (signal) => this.#environment(signal) } = this.#options;
    const own = environment(end.left);
    try {
      const { code, reason } =
        request.kind === "console"
          ? await this.#console(own, end, request, caller)
          : await this.#screen(own, end, request, caller);
      end.close(code, reason);
    } catch (error) {
      if (end.left.aborted) return;
      if (!isHavenError(error)) throw error;
      const isRefused = error.exit === 2 || error.exit === 3 || error.exit === 4;
      end.close(isRefused ? consoleClose.refused : consoleClose.failed, error.message);
    } finally {
      await own.close();
    }
  }

  async #console(
    own: Environment,
    end: WebSocketEnd,
    request: ConsoleRequest,
    caller: ConsoleCaller,
  ): Promise<Close> {
    const { name, force, readOnly } = request;
    let typed = 0;
    const { why } = await vmConsole(own, {
      ...{ name, force, readOnly, paced: true },
      onOpen: (node) => this.#record(request, caller, node),
      end: {
        left: end.left,
        write: (bytes) => end.write(bytes),
        say: (line) => end.say(JSON.stringify({ say: line })),
        onKeys(listener) {
          end.onBytes((bytes) => {
            typed += bytes.length;
            if (typed > mostTyped) end.close(consoleClose.tooMuch, "The guest does not take what is typed");
            // The message's bytes are the server's after this call.
            void listener(bytes.slice()).finally(() => (typed -= bytes.length));
          });
        },
      },
    });
    if (why === "stopped") return { code: consoleClose.stopped, reason: `${name} is stopped` };
    if (why === "removed") return { code: consoleClose.removed, reason: `${name} is removed` };
    return { code: 1000, reason: "" };
  }

  async #screen(
    own: Environment,
    end: WebSocketEnd,
    request: ConsoleRequest,
    caller: ConsoleCaller,
  ): Promise<Close> {
    const { name } = request;
    const { vm, node, libvirt } = await locateVm(own, name, { action: "screen", command: "vnc" });
    const screen = await this.#screenOn(node, libvirt, vm.uuid ?? "", end.left);
    this.#record(request, caller, node);
    const ended = await carryScreen(end, screen);
    if (ended === "left") return { code: 1000, reason: "" };
    if (ended === "flood")
      return { code: consoleClose.tooMuch, reason: "The screen does not take what is sent" };
    const { cib, vms } = await this.#cluster(own);
    const now = vms.find((one) => one.name === name);
    if (cib !== undefined && now === undefined)
      return { code: consoleClose.removed, reason: `${name} is removed` };
    if (now?.wanted === "stopped") return { code: consoleClose.stopped, reason: `${name} is stopped` };
    return { code: consoleClose.again, reason: `${name} has moved, or was started anew: connect again` };
  }

  async #screenOn(
    node: string,
    libvirt: Parameters<typeof connectOwnScreen>[0],
    uuid: string,
    signal: AbortSignal,
  ): Promise<Socket> {
    if (node === hostname()) return await connectOwnScreen(libvirt, uuid);
    // It may listen on its own node's loopback alone: that node's daemon reaches it.
    const { socket } = await this.#options.peers.open(node, { ask: "screen", uuid }, signal);
    return socket;
  }

  /** Opening one is told to administrators: who sits at a console may do what no command of Haven's shows. */
  #record({ kind, name, id }: ConsoleRequest, caller: ConsoleCaller, node: string): void {
    const { events, log } = this.#options;
    const command = `haven vm ${kind} ${name}`;
    const who = caller.by === "token" ? `token ${caller.name}` : caller.name;
    log.info(`${who} has opened the ${kind} of ${name} on ${node} (request ${id})`);
    const data = { user: who, command, vms: [name] };
    events.record({ kind: "change.console-opened", vm: name, text: `${who}: ${command}, on ${node}`, data });
  }

  async #cluster(own: Environment) {
    const { readVmCluster } = await import("../ops/vm-views.ts");
    return await readVmCluster(own).catch(() => ({ cib: undefined, vms: [] }));
  }

  /** Each has connections to libvirt of its own, which wait for a person who is slow; the cluster is asked of memory. */
  #environment(signal: AbortSignal): Environment & { close(): Promise<void> } {
    const { keeper, clock, log } = this.#options;
    const connections = new LibvirtConnections(signal);
    return {
      ...{ isLive: true, clock, log, signal },
      pacemaker: Object.assign(livePacemaker({ signal }), {
        queryCib: async () => (await snapshotSoon(keeper, clock)).configuration,
        status: async () => (await snapshotSoon(keeper, clock)).status,
      }),
      progress: () => undefined,
      confirm: () => Promise.resolve(false),
      libvirt: (node, driver) => connections.open(node, driver),
      lookUp: (host) => lookUp(host, signal),
      history: () => Promise.reject(new HavenError("internal", { what: "a console asked for the history" })),
      close: () => connections.close(),
    };
  }
}

interface Close {
  readonly code: number;
  readonly reason: string;
}
