import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { HavenError, isHavenError, printError } from "../../base/errors.ts";
import { seededRandom } from "../../base/seeded-random.ts";
import { version } from "../../base/version.ts";
import type { DrillReport, DrillTrial } from "../../contract/drill-report.ts";
import { drillSource } from "../../ops/drill-source.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { drillPassed } from "../../plan/drill-verdict.ts";
import type { LabImage } from "../settings.ts";
import { DrillLab } from "./drill-lab.ts";
import { drillTrial } from "./drill-trial.ts";
import { chooseNodes } from "./lab-nodes.ts";
import { checkNodeCount, type Machine, mostGuests } from "./machine-bounds.ts";
import type { LabCib } from "./to-lab-cib.ts";

export interface LabDrillOptions {
  /** The real cluster's CIB. */
  readonly text: string;
  /** Where it is from. */
  readonly source: string;
  /** The lab's name. */
  readonly name: string;
  readonly image?: LabImage | undefined;
  /** The nodes to lose, one after the other, by their real names; all that are in the lab unless given. */
  readonly lose: readonly string[];
  /** So many nodes of the real cluster; all unless given. */
  readonly count?: number | undefined;
  /** So many guests at the most; as many as the machine can hold unless given. */
  readonly guests?: number | undefined;
  /** Each two of them at once, too. */
  readonly pairs: boolean;
  readonly within: number | null;
  /** Draws the order of the losses; null: as they stand. */
  readonly seed: number | null;
  /** Leave the lab up. */
  readonly keep: boolean;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Has the nodes of a lab that stands for a real cluster fail, one after the other, and measures what becomes of the VMs.
 * The lab is taken away in the end, however it ends. Being interrupted, it reports what it has measured until then.
 *
 * @throws HavenError drill.refused, lab.in-use, besides what bringing up the lab throws
 */
export async function runLabDrill(options: LabDrillOptions): Promise<DrillReport> {
  const { text, source, name, image, progress, signal } = options;
  const real = Cib.parse(text, source);
  const { names, without } = chooseNodes(real, { count: options.count, first: options.lose });
  const machine = thisMachine();
  checkNodeCount(machine, names.size);
  const guests = Math.min(options.guests ?? Number.POSITIVE_INFINITY, mostGuests(machine, names.size));
  const began = new Date();
  const trials: DrillTrial[] = [];
  const notes: string[] = [];
  let loaded: LabCib | undefined;
  let pacemaker: string | null = null;
  let complete = false;
  const drill = await DrillLab.bringUp({ name, image, names, guests, progress, signal });
  try {
    loaded = await drill.load(text);
    pacemaker = (await drill.status()).dc?.version.replace(/-.*$/, "") ?? null;
    await loseEach(drill, { ...options, losses: lossesOf(options, names) }, trials);
    complete = true;
  } catch (error) {
    if (loaded === undefined || (trials.length === 0 && !isHavenError(error, "interrupted"))) throw error;
    notes.push(
      isHavenError(error, "interrupted") ? "It was interrupted" : `It broke off: ${printError(error)}`,
    );
  } finally {
    if (!options.keep) {
      progress("Taking the lab down");
      await drill.lab.down();
    }
  }
  const report = {
    format: 1 as const,
    kind: "lab" as const,
    ...{ began: began.toISOString(), ended: new Date().toISOString(), complete },
    ...{ within: options.within, seed: options.seed },
    versions: { haven: version, pacemaker, image: drill.lab.settings.image },
    cluster: {
      ...drillSource(real, text, source),
      ...{ nodes: [...names.keys()], without: [...without] },
    },
    renamed: [...names].flatMap(([from, to]) => (from === to ? [] : [{ from, to }])),
    replaced: [...loaded.replaced],
    leftOut: [...loaded.leftOut],
    notes: [...notes, ...aboutGuests(loaded, names.size), aboutMachine(machine)],
    trials,
  };
  return { ...report, passed: drillPassed(report) };
}

async function loseEach(
  drill: DrillLab,
  options: LabDrillOptions & { readonly losses: readonly (readonly string[])[] },
  trials: DrillTrial[],
): Promise<void> {
  const { losses, within, progress, signal } = options;
  const { resources } = await drill.status();
  const vms = new Set(drill.vms.map(({ resource }) => resource));
  const home = new Map(
    resources.flatMap(({ id, nodes }) =>
      vms.has(id) && nodes[0] !== undefined ? [[id, nodes[0]] as const] : [],
    ),
  );
  for (const [i, nodes] of losses.entries()) {
    if (i > 0) await drill.restore(home);
    const trial = await drillTrial(drill, { nodes, within, progress, signal });
    trials.push(trial);
    if (!trial.finished) throw new HavenError("interrupted");
    // The lab goes as it is, unless somebody wants to look around in it.
    if (i === losses.length - 1 && !options.keep) return;
    progress(`Giving ${nodes.join(" and ")} power again`);
    await Promise.all(nodes.map((node) => drill.lab.powerOn(node, { signal })));
    await drill.settle(`${nodes.join(" and ")} to be back`);
  }
}

/** Which nodes are lost together, by their names in the lab. */
function lossesOf(
  { lose, pairs, seed }: LabDrillOptions,
  names: ReadonlyMap<string, string>,
): readonly (readonly string[])[] {
  const each = (lose.length === 0 ? [...names.keys()] : lose).map((name) => names.get(name) ?? name);
  const all = [
    ...each.map((name) => [name]),
    ...(pairs ? each.flatMap((one, i) => each.slice(i + 1).map((other) => [one, other])) : []),
  ];
  if (seed === null) return all;
  const random = seededRandom(seed);
  for (let i = all.length - 1; i > 0; i--) {
    const other = random(i + 1);
    [all[i], all[other]] = [all[other] ?? [], all[i] ?? []];
  }
  return all;
}

function aboutGuests({ vms }: LabCib, nodes: number): readonly string[] {
  const guests = vms.filter(({ guest }) => guest !== undefined).length;
  const short =
    guests === vms.length
      ? []
      : [`${guests} of ${vms.length} VMs were guests; for the others only a place was kept`];
  return [
    `${nodes} nodes in a lab on one machine: Corosync's token is 1 s there, and guests boot a small Linux`,
    ...short,
  ];
}

/** Times of an emulated cluster are long on a machine that has other things to do. */
function aboutMachine({ processors }: Machine): string {
  const [, , load = 0] = loadavg();
  return `This machine: ${processors} processors, and a load of ${load.toFixed(1)} in the last quarter of an hour`;
}

function thisMachine(): Machine {
  const [, available] = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
  return { processors: availableParallelism(), freeMiB: Math.floor(Number(available ?? 0) / 1024) };
}
