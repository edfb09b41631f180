import { HavenError, isHavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import { consoleFlag, errorCode } from "../libvirt/constants.ts";
import { isLibvirtError } from "../libvirt/libvirt-error.ts";
import type { LibvirtStream } from "../libvirt/stream.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { findGuest, type LocatedVm, locateVm } from "./locate-vm.ts";
import { readVmCluster } from "./vm-views.ts";

/** The person's side of a console. */
export interface ConsoleEnd {
  /** Takes what the guest prints; resolves when it can take more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Has a listener called with what is typed; it resolves when the guest can be sent more. */
  onKeys(listener: (bytes: Uint8Array) => Promise<void>): void;
  /** Aborted when the person leaves. */
  readonly left: AbortSignal;
  /** A line for the person, beside what the guest prints. */
  say(line: string): void;
}

export interface VmConsoleOptions {
  readonly name: string;
  readonly end: ConsoleEnd;
  /** Take the console over where another session has it. */
  readonly force?: boolean;
  /** Hand nothing on of what is typed. */
  readonly readOnly?: boolean;
  /** How the person leaves, for messages: "Ctrl-]"; undefined where that goes without saying. */
  readonly leaveKey?: string | undefined;
  /** Have libvirt wait for a person who is slow: for connections that nothing else uses. */
  readonly paced?: boolean;
  /** Runs when the console is connected, with its node. */
  readonly onOpen?: (node: string) => void;
}

export interface VmConsoleResult {
  readonly name: string;
  /** Where it was last. */
  readonly node: string;
  readonly why: "left" | "stopped" | "removed";
}

/** Between two looks for a guest that is not where it was. */
const lookMs = 250;
/** The cluster's tools cost more than a call of libvirt: they are asked at each such look. */
const clusterLooks = 8;
/** libvirt may take a moment to let go of a session that has just ended. */
const busyLooks = 8;

/**
 * Connects a person with the serial console of a guest, on whichever node it runs. When the guest migrates, starts
 * anew or its node dies, the console is connected again where it is then; it ends when the person leaves, or when the
 * VM is stopped or removed.
 *
 * @throws HavenError vm.not-found, vm.refused (it does not run, or another session has or takes the console),
 *   vm.failed, usage, pacemaker.no-file-action, interrupted, libvirt.*
 */
export async function vmConsole(
  environment: Environment,
  options: VmConsoleOptions,
): Promise<VmConsoleResult> {
  const located = await locateVm(environment, options.name, { action: "console", command: "console" });
  return await new ConsoleSession(environment, located, options).run();
}

class ConsoleSession {
  readonly #environment: Environment;
  readonly #options: VmConsoleOptions;
  readonly #vm: VmView;
  #nodes: readonly string[];
  #node: string;
  /** Where what is typed goes; undefined while the guest is sought. */
  #stream: LibvirtStream | undefined;
  /** The connection ended, not only the stream: its node may be dead. */
  #lost = false;

  constructor(environment: Environment, located: LocatedVm, options: VmConsoleOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#vm = located.vm;
    this.#nodes = located.nodes;
    this.#node = located.node;
  }

  async run(): Promise<VmConsoleResult> {
    const { end, leaveKey, readOnly = false, force = false, onOpen } = this.#options;
    const { name } = this.#vm;
    let stream = await this.#open(this.#node, force);
    onOpen?.(this.#node);
    const leaves = leaveKey === undefined ? "" : ` (${leaveKey} leaves it)`;
    end.say(`Connected to ${name} on ${this.#node}${readOnly ? ", only to look" : ""}${leaves}`);
    if (!readOnly) end.onKeys(async (bytes) => await this.#stream?.send(bytes).catch(() => undefined));
    for (;;) {
      this.#stream = stream;
      const left = await this.#attend(stream);
      this.#stream = undefined;
      await stream.abort();
      if (left) return { name, node: this.#node, why: "left" };
      const again = await this.#findAgain();
      if (typeof again === "string") return { name, node: this.#node, why: again };
      stream = again;
    }
  }

  /** @throws HavenError vm.refused where another session has it */
  async #open(node: string, force: boolean): Promise<LibvirtStream> {
    const driver = driverOf(this.#vm);
    // Only QEMU's driver keeps sessions apart; the others refuse flags that they do not know.
    const safe = driver === "qemu" ? consoleFlag.safe : 0;
    const flags = safe | (force && driver !== "lxc" ? consoleFlag.force : 0);
    const call = { signal: this.#environment.signal, timeoutMs: 10_000 };
    const libvirt = await this.#environment.libvirt(node, driver);
    const domain = await libvirt.domainLookupByUUID(this.#vm.uuid ?? "", call);
    try {
      const stream = await libvirt.domainOpenConsole(domain, undefined, flags, call);
      if (this.#options.paced === true) stream.pace();
      return stream;
    } catch (error) {
      if (!isBusy(error)) throw error;
      throw new HavenError("vm.refused", {
        name: this.#vm.name,
        why: `has a console session already, on ${node}`,
        hint: `Take it over: haven vm console --force ${this.#vm.name}`,
      });
    }
  }

  /** Hands on what the guest prints. @returns whether the person left; false when the stream is over */
  async #attend(stream: LibvirtStream): Promise<boolean> {
    const { end } = this.#options;
    const { signal } = this.#environment;
    const ended = (async (): Promise<"ended"> => {
      try {
        for await (const bytes of stream) await end.write(bytes);
      } catch (error) {
        // The guest is gone from there, or the connection is: where it is now is found out.
        this.#lost = isHavenError(error, "libvirt.closed");
      }
      return "ended";
    })();
    const first = await Promise.race([ended, aborted(end.left), aborted(signal)]);
    if (end.left.aborted) return true;
    if (signal.aborted) {
      await stream.abort();
      throw new HavenError("interrupted");
    }
    return first !== "ended";
  }

  /** Looks for the guest until it is somewhere, or is to be nowhere. */
  async #findAgain(): Promise<LibvirtStream | VmConsoleResult["why"]> {
    const { end, leaveKey } = this.#options;
    const { signal, clock } = this.#environment;
    const { name } = this.#vm;
    const either = AbortSignal.any([end.left, signal]);
    let busy = 0;
    for (let looks = 1; ; looks++) {
      if (end.left.aborted) return "left";
      if (signal.aborted) throw new HavenError("interrupted");
      // Of a node that may be dead the cluster knows; to ask it would take its time.
      if (this.#lost) await this.#isOver();
      this.#lost = false;
      const here = { ...this.#vm, nodes: [this.#node].filter((node) => this.#nodes.includes(node)) };
      const { copy } = await findGuest(this.#environment, here, this.#nodes);
      if (copy !== undefined) {
        const stream = await this.#reopen(copy.node, () => ++busy < busyLooks);
        if (stream !== undefined) {
          const where = copy.node === this.#node ? `still on ${copy.node}` : `on ${copy.node} now`;
          this.#node = copy.node;
          end.say(`${name} is ${where}: connected again`);
          return stream;
        }
      } else if (looks % clusterLooks === 0) {
        const over = await this.#isOver();
        if (over !== undefined) return over;
        const leaves = leaveKey === undefined ? "" : ` (${leaveKey} leaves)`;
        if (looks === clusterLooks) end.say(`${name} does not run now, waiting for it${leaves}`);
      }
      await clock.sleep(lookMs, either).catch(() => undefined);
    }
  }

  /** @returns undefined when it is to be tried again */
  async #reopen(node: string, mayWait: () => boolean): Promise<LibvirtStream | undefined> {
    try {
      return await this.#open(node, false);
    } catch (error) {
      if (!isHavenError(error, "vm.refused")) return undefined;
      if (mayWait()) return undefined;
      throw new HavenError("vm.refused", {
        name: this.#vm.name,
        why: `has its console in another session now, which took it over on ${node}`,
        hint: `Take it back: haven vm console --force ${this.#vm.name}`,
      });
    }
  }

  /** Asks the cluster whether the VM is to run at all. What cannot be asked now is asked again. */
  async #isOver(): Promise<"stopped" | "removed" | undefined> {
    const cluster = await readVmCluster(this.#environment).catch(() => undefined);
    if (cluster === undefined) return undefined;
    this.#nodes = cluster.status.nodes.filter((node) => node.online).map((node) => node.name);
    const vm = cluster.vms.find(({ name }) => name === this.#vm.name);
    if (vm === undefined) return "removed";
    return vm.wanted === "stopped" && vm.state === "stopped" ? "stopped" : undefined;
  }
}

/** qemu_driver.c: qemuDomainOpenConsole, of which operationFailed alone does not tell enough. */
function isBusy(error: unknown): boolean {
  return isLibvirtError(error, errorCode.operationFailed) && /active console session/i.test(error.message);
}

function aborted(signal: AbortSignal): Promise<"aborted"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("aborted");
    else signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
}
