import { HavenError, isHavenError } from "../base/errors.ts";
import type { BlameCause, BlameFacts } from "../contract/blame-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import { diffCib } from "../pacemaker/cib-diff.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { type SchedulerInput, schedulerInputs } from "../pacemaker/scheduler-inputs.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { type InputCause, statusCauses, withConfiguration, withRoot } from "../plan/input-causes.ts";
import { changeSummary } from "./change-summary.ts";
import { effectLines } from "./effect.ts";

/** Which transition is asked about: the last one that decided something unless said. */
export interface BlameQuestion {
  /** The number in the name of the scheduler's input. */
  readonly transition?: number | undefined;
  /** Milliseconds since 1970: the last one that decided something until then. */
  readonly at?: number | undefined;
}

export interface BlameInputsOptions extends BlameQuestion {
  readonly node: string;
  /** Where the inputs are, for tests. */
  readonly folder?: string;
}

/** So many that decided nothing are passed over. */
const mostPassed = 20;
/** The scheduler is asked so often at the most what would be without one cause. */
const mostAsked = 16;
/** So many things of the configuration are named. */
const mostLines = 8;

type Scheduler = Pick<Pacemaker, "simulate">;

/**
 * What a transition decided, by the scheduler's inputs that this node has kept, and what each action came of: the scheduler
 * is asked again without each thing that had changed since its input before. Undefined where this node has no inputs.
 *
 * @throws HavenError cib.not-found for a number that is not there, pacemaker.*
 */
export async function blameInputs(
  {
    pacemaker,
    signal,
    progress,
  }: { readonly pacemaker: Scheduler; readonly signal: AbortSignal; progress(text: string): void },
  { node, folder, transition, at }: BlameInputsOptions,
): Promise<BlameFacts | undefined> {
  const inputs = await schedulerInputs(folder);
  if (inputs.length === 0) return undefined;
  const last = lastWanted(inputs, { transition, at });
  if (last < 0) {
    if (transition === undefined) return undefined;
    throw new HavenError("cib.not-found", { what: `scheduler's input on ${node}`, name: String(transition) });
  }
  const ask = (cib: Cib): Promise<Transition> => pacemaker.simulate(cib.toXml(), { signal });
  progress("Asking the scheduler again what it decided");
  const least = transition === undefined ? Math.max(0, last - mostPassed) : last;
  for (let place = last; place >= least; place -= 1) {
    const input = inputs[place];
    if (input === undefined) break;
    const cib = await readInput(input, signal);
    const decided = await ask(cib);
    if (effectLines(decided).length === 0 && place > least) continue;
    const former = inputs[place - 1];
    const before = former === undefined ? undefined : await readInput(former, signal);
    const { actions, causes } = await explain({ ask, progress, cib, decided, before, former });
    const written = writerOf(cib);
    return {
      ...{ node, file: input.file, transition: input.number, time: input.time, passed: last - place },
      ...(former === undefined ? {} : { before: { file: former.file, time: former.time } }),
      ...{ actions, causes },
      configurations: before === undefined ? [] : epochsBetween(before, cib),
      ...(written === undefined ? {} : { writer: written }),
    };
  }
  return undefined;
}

function lastWanted(inputs: readonly SchedulerInput[], { transition, at }: BlameQuestion): number {
  if (transition !== undefined) return inputs.findLastIndex(({ number }) => number === transition);
  // A file's time has fractions of a second that who asks does not know.
  return at === undefined ? inputs.length - 1 : inputs.findLastIndex(({ time }) => time < at + 1000);
}

/** Pacemaker's own tool reads them, compressed as they are. */
async function readInput({ path }: SchedulerInput, signal: AbortSignal): Promise<Cib> {
  try {
    return Cib.parse(await livePacemaker({ cibFile: path }).queryCib({ signal }), path);
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    throw new HavenError(
      "pacemaker.failed",
      { command: `cibadmin --query of ${path}`, why: "it cannot be read" },
      { cause: error },
    );
  }
}

interface Explained {
  readonly ask: (cib: Cib) => Promise<Transition>;
  progress(text: string): void;
  readonly cib: Cib;
  readonly decided: Transition;
  readonly before: Cib | undefined;
  readonly former: SchedulerInput | undefined;
}

async function explain({
  ask,
  progress,
  cib,
  decided,
  before,
  former,
}: Explained): Promise<Pick<BlameFacts, "actions" | "causes">> {
  const lines = effectLines(decided);
  if (before === undefined || former === undefined) {
    return { actions: lines.map((text) => ({ text, causes: [] })), causes: [] };
  }
  const changed = allCauses(before, cib, former);
  const found: BlameCause[] = [];
  const without = new Map<number, ReadonlySet<string>>();
  for (const [index, { without: undo, ...cause }] of changed.entries()) {
    found.push(cause);
    if (index >= mostAsked) continue;
    progress(
      `Asking the scheduler what it would have decided otherwise: ${index + 1} of ${Math.min(mostAsked, changed.length)}`,
    );
    // What it cannot be asked of (a status that fits nothing) accounts for nothing.
    const other = await ask(undo(cib)).catch((error: unknown) => {
      if (isHavenError(error, "interrupted")) throw error;
      return undefined;
    });
    if (other !== undefined) without.set(index, new Set(effectLines(other).map(whatOf)));
  }
  const actions = lines.map((text) => ({
    text,
    causes: [...without].flatMap(([index, rest]) => (rest.has(whatOf(text)) ? [] : [index])),
  }));
  // Time always passes: it is a cause only where it was one.
  if (found.at(-1)?.code === "time" && !actions.some(({ causes }) => causes.includes(found.length - 1))) {
    found.pop();
  }
  if (actions.every(({ causes }) => causes.length > 0)) return { actions, causes: found };
  // What was decided already and had not been done yet is decided again.
  const already = new Set(effectLines(await ask(before)).map(whatOf));
  const isOld = ({ text, causes }: (typeof actions)[number]): boolean =>
    causes.length === 0 && already.has(whatOf(text));
  if (!actions.some(isOld)) return { actions, causes: found };
  const text = `it was decided before, and not done yet: haven blame --transition ${former.number}`;
  found.push({ code: "unfinished", text });
  return {
    actions: actions.map((one) => (isOld(one) ? { ...one, causes: [found.length - 1] } : one)),
    causes: found,
  };
}

/** The line without the scheduler's reason, which may be another one for the same. */
function whatOf(line: string): string {
  return line.replace(/ \(.*$|: .*$/s, "");
}

/** What had changed: the configuration, the status thing by thing, the time, and what was decided before and is not done. */
function allCauses(before: Cib, after: Cib, former: SchedulerInput): readonly InputCause[] {
  return [
    ...configurationCause(before, after),
    ...statusCauses(before, after),
    ...timeCause(before, after, former),
  ];
}

function configurationCause(before: Cib, after: Cib): readonly InputCause[] {
  const changes = diffCib(before, after);
  if (changes.length === 0) return [];
  const nodes = new Map(after.nodes.map(({ id, name }) => [id, name]));
  const { lines } = changeSummary(changes, (id) => nodes.get(id));
  const more = lines.length > mostLines ? [`and ${lines.length - mostLines} more`] : [];
  const text = `the configuration was changed: ${[...lines.slice(0, mostLines), ...more].join("; ")}`;
  return [{ code: "configuration", text, without: (cib) => withConfiguration(cib, before) }];
}

/** Rules with dates, and failures that are forgotten after a while. */
function timeCause(before: Cib, after: Cib, { time }: SchedulerInput): readonly InputCause[] {
  const [was, is] = [before, after].map((cib) => cib.root.get("execution-date"));
  if (was === is || was === undefined) return [];
  const text = `time has passed since ${new Date(time).toISOString().replace(/\.\d+Z$/, "Z")}: a rule with a date, or the end of a failure's failure-timeout`;
  return [{ code: "time", text, without: (cib) => withRoot(cib, "execution-date", was) }];
}

/** As `change.made` names them. */
function epochsBetween(before: Cib, after: Cib): readonly string[] {
  const [from, to] = [before.version, after.version];
  const first = from.adminEpoch === to.adminEpoch ? from.epoch + 1 : to.epoch;
  const count = Math.min(50, Math.max(0, to.epoch - first + 1));
  return Array.from({ length: count }, (_, i) => to.epoch - count + 1 + i).map((epoch) =>
    to.adminEpoch === 0 ? `${epoch}` : `${to.adminEpoch}.${epoch}`,
  );
}

function writerOf({ root }: Cib): string | undefined {
  const [client, user, origin] = ["update-client", "update-user", "update-origin"].map((name) =>
    root.get(name),
  );
  if (client === undefined) return undefined;
  return `${client}${user === undefined ? "" : ` of ${user}`}${origin === undefined ? "" : ` on ${origin}`}`;
}
