import { durationWords } from "../contract/duration-words.ts";
import type { DrainStep } from "../contract/plan-report.ts";
import type { ClusterStatus, ResourceStatus } from "../pacemaker/status.ts";
import { drainWaves } from "../plan/drain-waves.ts";
import type { Environment } from "./environment.ts";
import { failureText } from "./status-failure.ts";
import { isVm, shortName } from "./status-resource.ts";

/** What was thought to leave, and how quickly. */
export interface ExpectedWay {
  readonly waves: readonly (readonly DrainStep[])[];
  readonly atOnce: number;
}

/** What cannot leave a node. */
export interface Stuck {
  readonly resource: string;
  readonly node: string;
  readonly why: string;
}

const intervalMs = 500;
/** Pacemaker may be choosing a coordinator; it is asked again for so long. */
const silenceMs = 60_000;

export interface Emptied {
  readonly stuck: readonly Stuck[];
  /** The ids of what was seen to be there, and has left. */
  readonly left: ReadonlySet<string>;
}

/**
 * Resolves when nothing runs on the nodes any more, or what does cannot leave. Each operation has its own limit.
 *
 * @param way With it is told how far it is, by wave and remaining time
 */
export async function waitUntilEmpty(
  environment: Environment,
  nodes: readonly string[],
  way?: ExpectedWay,
): Promise<Emptied> {
  const { clock, signal, pacemaker } = environment;
  const seen = new Set<string>();
  let answered = clock.monotonic();
  for (;;) {
    let status: ClusterStatus | undefined;
    try {
      status = await pacemaker.status({ signal, attributes: false, fenceHistory: "none", bans: false });
      answered = clock.monotonic();
    } catch (error) {
      if (signal.aborted || clock.monotonic() - answered > silenceMs) throw error;
    }
    if (status !== undefined) {
      const here = status.resources.filter((resource) => resource.nodes.some((node) => nodes.includes(node)));
      for (const { id } of here) seen.add(id);
      const held = here.filter((resource) => !resource.managed || resource.blocked);
      if (here.length === held.length) {
        const left = seen.difference(new Set(held.map(({ id }) => id)));
        return { stuck: held.map((resource) => whyStuck(resource, nodes, status)), left };
      }
      environment.progress(leaving(here, nodes, way));
    }
    await clock.sleep(intervalMs, signal);
  }
}

function whyStuck(resource: ResourceStatus, nodes: readonly string[], status: ClusterStatus): Stuck {
  const failure = status.failures.findLast((failed) => failed.resource === resource.id);
  const blocked = failure === undefined ? "it is blocked" : failureText(failure);
  const node = resource.nodes.find((name) => nodes.includes(name)) ?? "";
  return { resource: resource.id, node, why: resource.managed ? blocked : "it is unmanaged" };
}

function leaving(
  here: readonly ResourceStatus[],
  nodes: readonly string[],
  way: ExpectedWay | undefined,
): string {
  const vms = here.filter(isVm);
  const moving = vms.filter((vm) => vm.pending !== undefined).map((vm) => shortName(vm.id));
  const now = moving.length === 0 ? "" : `; now ${moving.slice(0, 3).join(", ")}`;
  const left = new Set(vms.map(({ id }) => shortName(id)));
  const far = way === undefined ? "" : howFar(left, way);
  return `${nodes.join(", ")}: ${vms.length} VMs and ${here.length - vms.length} other resources left${far}${now}`;
}

/** "; 3 of 8 gone, wave 2 of 4, about 40 s more". */
function howFar(left: ReadonlySet<string>, { waves, atOnce }: ExpectedWay): string {
  const steps = waves.flat();
  const remaining = steps.filter(({ name }) => left.has(name));
  const wave = waves.findIndex((one) => one.some(({ name }) => left.has(name)));
  if (wave === -1) return "";
  const { seconds } = drainWaves(remaining, atOnce);
  const gone = steps.length - remaining.length;
  return `; ${gone} of ${steps.length} gone, wave ${wave + 1} of ${waves.length}, about ${durationWords(seconds)} more`;
}
