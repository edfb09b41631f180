import { isHavenError, printError } from "../base/errors.ts";
import type { BlameFacts, BlameReport } from "../contract/blame-report.ts";
import type { EventReport } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";
import { type BlameQuestion, blameInputs } from "./blame-inputs.ts";
import type { Environment } from "./environment.ts";

/** What blame has besides an environment. */
export interface BlameWorld {
  /** The node that this is. */
  readonly node: string;
  /** The cluster's nodes. */
  readonly nodes: () => Promise<readonly string[]>;
  /** What another node's files say; undefined where it has none. @throws HavenError where it cannot be asked */
  readonly ask: (node: string, question: BlameQuestion) => Promise<BlameFacts | undefined>;
  /** What the histories tell, the oldest first; without people's changes for who may not see them. */
  readonly events: (filter: EventFilter & { readonly limit: number }) => Promise<EventReport["events"]>;
}

export interface BlameOptions extends BlameQuestion {
  /** Whose files; unless given the coordinator's, with `at` those of who was it then. */
  readonly from?: string | undefined;
}

/** Changes are looked for so long before and after. */
const aroundMs = 120_000;
/** Without files: so long before the last thing that happened to a VM belongs to it. */
const storyMs = 5 * 60_000;
const storyKinds = /^(vm\.|node\.|fence\.|resource\.|change\.made|guest\.fence)/;

/**
 * What Pacemaker decided last, or at a time, and what that came of: by the inputs of its scheduler, which the node keeps
 * that is the coordinator; who has changed the configuration, by the histories. Where no inputs can be read, what the
 * histories tell.
 *
 * @throws HavenError cib.not-found for a number or a node that is not there, pacemaker.*
 */
export async function blame(
  environment: Environment,
  { from, transition, at }: BlameOptions,
  world: BlameWorld,
): Promise<BlameReport> {
  const notes: string[] = [];
  const question = { transition, at };
  const asked = from === undefined ? await whom(environment, at, world, notes) : [from];
  const found = await Promise.all(
    asked.map(async (node): Promise<BlameFacts | undefined> => {
      try {
        if (node === world.node) return await blameInputs(environment, { node, ...question });
        return await world.ask(node, question);
      } catch (error) {
        const isSilent = isHavenError(error, "peer.silent");
        // It has answered that there is no such number; a later or an earlier version does not know the question.
        const isRefused = isHavenError(error, "peer.refused") && transition === undefined;
        if (from !== undefined || !(isSilent || isRefused)) throw error;
        notes.push(`${node} could not be asked (${printError(error)}): run haven blame there`);
        return undefined;
      }
    }),
  );
  // Of several nodes that were the coordinator one after the other: who decided last.
  const [facts] = found.filter((one) => one !== undefined).toSorted((a, b) => b.time - a.time);
  if (facts === undefined) return await byHistories(at, world, [...notes, noFiles(asked)]);
  const changes = await changesOf(facts, world).catch((error: unknown) => {
    notes.push(`Who has changed the configuration is not known: ${printError(error)}`);
    return [];
  });
  return { facts, changes, events: [], notes };
}

/** The coordinator; for a time that is past all nodes, since another one may have been it. */
async function whom(
  { pacemaker, signal, isLive }: Environment,
  at: number | undefined,
  { node, nodes }: BlameWorld,
  notes: string[],
): Promise<readonly string[]> {
  if (at !== undefined) {
    const known = await nodes();
    return known.length === 0 ? [node] : known;
  }
  if (!isLive) return [node];
  try {
    const { dc } = await pacemaker.status({ signal, attributes: false, fenceHistory: "none", bans: false });
    if (dc !== undefined) return [dc.name];
    notes.push(`There is no coordinator (DC) now: these are the files of ${node}`);
  } catch (error) {
    if (!isHavenError(error, "pacemaker.down")) throw error;
    notes.push(`Pacemaker does not run here: these are the files of ${node}`);
  }
  return [node];
}

function noFiles(asked: readonly string[]): string {
  return `No inputs of the scheduler on ${asked.join(", ")}: this is what the histories tell`;
}

/** The changes that Haven has written between the two inputs. */
async function changesOf(
  { time, before, configurations }: BlameFacts,
  { events }: BlameWorld,
): Promise<BlameReport["changes"]> {
  if (before === undefined || configurations.length === 0) return [];
  const [since, until] = [Math.max(0, before.time - aroundMs), time + aroundMs];
  const told = await events({ kind: "change.made", since, until, limit: 200 });
  return told
    .filter(({ data }) => configurations.includes(String(data?.configuration)))
    .map(({ time: when, text }) => ({ time: when, text }));
}

async function byHistories(
  at: number | undefined,
  { events }: BlameWorld,
  notes: readonly string[],
): Promise<BlameReport> {
  const until = at === undefined ? {} : { until: at + 1000 };
  const told = await events({ ...until, limit: 500 }).catch(() => []);
  const last = told.findLast(({ kind }) => kind.startsWith("vm."));
  const story = told.filter(
    ({ kind, time }) => storyKinds.test(kind) && last !== undefined && time >= last.time - storyMs,
  );
  return { changes: [], notes, events: story.map(({ time, kind, text }) => ({ time, kind, text })) };
}
