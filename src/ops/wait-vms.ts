import { HavenError, isHavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Environment } from "./environment.ts";
import { readVmCluster, type VmCluster } from "./vm-views.ts";

export interface WaitOptions {
  readonly names: readonly string[];
  /** "to run", read after "Waiting for web1". */
  readonly what: string;
  /** Done with this VM? A text is a failure, to be read after its name. */
  readonly judge: (vm: VmView, cluster: VmCluster, idle: boolean) => boolean | string;
  /** `judge` does not look at the CIB's status: it is not read. */
  readonly scope?: "configuration";
  /** Said when whoever waits does not want to any longer. */
  readonly left: (names: readonly string[]) => string;
}

export interface WaitResult {
  readonly done: readonly VmView[];
  readonly failed: readonly { readonly vm: VmView; readonly why: string }[];
}

/**
 * Between two looks: as long as a look takes, so that waiting costs half a CPU at the most, in a large cluster too
 * (2 s for a look at 400 VMs), and in a small one a VM that runs is seen at once. What has taken long may be seen a
 * tenth of that later: each look is work for the CIB's manager, on which what is waited for depends.
 */
const interval = { leastMs: 100, mostMs: 2000, ofWaited: 0.1 };
/** How long Pacemaker may not answer (it elects a coordinator, say) before waiting ends with its error. */
const silenceMs = 60_000;

/**
 * Waits until each VM is where it should be, or has failed for good. There is no limit of its own: Pacemaker's
 * operations have theirs, and `idle` tells `judge` that Pacemaker has nothing left to do.
 *
 * @throws HavenError vm.interrupted
 */
export async function waitForVms(environment: Environment, options: WaitOptions): Promise<WaitResult> {
  const { clock } = environment;
  const waiting = new Set(options.names);
  const done: VmView[] = [];
  const failed: { vm: VmView; why: string }[] = [];
  const idleness = new Idleness(environment);
  const since = clock.monotonic();
  let silent: number | undefined;
  try {
    while (waiting.size > 0) {
      const idle = idleness.current;
      let cluster: VmCluster;
      const began = clock.monotonic();
      try {
        cluster = await readVmCluster(
          environment,
          options.scope === undefined ? {} : { scope: options.scope },
        );
        silent = undefined;
      } catch (error) {
        if (isHavenError(error, "interrupted")) throw error;
        silent ??= clock.monotonic();
        if (clock.monotonic() - silent > silenceMs) throw error;
        environment.progress(`Waiting for ${list(waiting)} ${options.what}: Pacemaker does not answer`);
        await clock.sleep(1000, environment.signal);
        continue;
      }
      for (const vm of cluster.vms.filter(({ name }) => waiting.has(name))) {
        const verdict = options.judge(vm, cluster, idle);
        if (verdict === false) continue;
        waiting.delete(vm.name);
        if (verdict === true) done.push(vm);
        else failed.push({ vm, why: verdict });
      }
      for (const name of [...waiting]) if (!cluster.vms.some((vm) => vm.name === name)) waiting.delete(name);
      if (waiting.size === 0) break;
      idleness.ask();
      environment.progress(`Waiting for ${list(waiting)} ${options.what}${states(cluster.vms, waiting)}`);
      const now = clock.monotonic();
      const pauseMs = Math.max(interval.leastMs, now - began, (now - since) * interval.ofWaited);
      await clock.sleep(Math.min(interval.mostMs, pauseMs), environment.signal);
    }
  } catch (error) {
    if (!isHavenError(error, "interrupted")) throw error;
    throw new HavenError("vm.interrupted", { what: options.left([...waiting]) });
  } finally {
    idleness.end();
  }
  return { done, failed };
}

/**
 * Whether Pacemaker has nothing left to do. One question at a time, asked beside the polling: it is answered when
 * the cluster has become idle. An answer is only used once, for the status that is read after it.
 */
class Idleness {
  current = false;
  #asking = false;
  readonly #end = new AbortController();

  constructor(private readonly environment: Environment) {}

  ask(): void {
    this.current = false;
    if (this.#asking) return;
    this.#asking = true;
    const signal = AbortSignal.any([this.#end.signal, this.environment.signal]);
    this.environment.pacemaker
      .waitIdle({ signal, timeoutMs: 600_000 })
      .then((idle) => {
        this.current = idle;
      })
      .catch(() => undefined)
      .finally(() => {
        this.#asking = false;
      });
  }

  end(): void {
    this.#end.abort();
  }
}

/** `web1`, `web1 and web2`, `web1, web2 and 5 others`. */
export function list(names: Iterable<string>): string {
  const all = [...names];
  if (all.length > 4) return `${all.slice(0, 2).join(", ")} and ${all.length - 2} others`;
  const last = all.at(-1) ?? "";
  return all.length < 2 ? last : `${all.slice(0, -1).join(", ")} and ${last}`;
}

function states(vms: readonly VmView[], waiting: ReadonlySet<string>): string {
  const found = [...new Set(vms.filter(({ name }) => waiting.has(name)).map(({ state }) => state))];
  return found.length === 0 ? "" : ` (${found.join(", ")})`;
}
