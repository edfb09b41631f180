import { hostname } from "node:os";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { Cib } from "../pacemaker/cib.ts";
import { bootMarker } from "./boot-marker.ts";
import type { Environment } from "./environment.ts";
import { fenceDevices, fenceSteps } from "./fence-devices.ts";
import { checkPowerTest, type PowerTestPlan } from "./fence-power-check.ts";
import { type PowerTest, powerTestAttribute, writePowerTest } from "./fence-test-record.ts";
import { nodeOnline, nodeStandby } from "./node-standby.ts";
import type { Stuck } from "./wait-until-empty.ts";

export interface FencePowerTestOptions {
  readonly node: string;
  /** The one device that is to be tested. */
  readonly device?: string | undefined;
  readonly dryRun?: boolean;
  /** Asks for the node's name, to be typed once more; what was typed, undefined where nobody can answer. */
  readonly typedName: (question: string) => Promise<string | undefined>;
  /** The node that this runs on; for tests. */
  readonly self?: string;
}

export interface FencePowerTestResult {
  readonly node: string;
  /** False on a dry run. */
  readonly shot: boolean;
  readonly ok: boolean;
  readonly effect: readonly string[];
  readonly offSeconds: number | undefined;
  readonly wholeSeconds: number | undefined;
  readonly devices: readonly string[];
  readonly from: string | undefined;
  readonly why: string | undefined;
  /** The node is in standby still, since it was before, or could not be taken out: what to type. */
  readonly standby: string | undefined;
}

const intervalMs = 500;
/** One that was not seen to leave for so long has left and come back unseen, or never left: its mark says which. */
const unseenMs = 30_000;
/** A server may take long for its self-test. */
const returnMs = 20 * 60_000;

/**
 * Shoots a node that has been drained, as the cluster would, and waits for its return: the one proof that its fencing
 * works, and how long it takes. It is taken out of standby however the test ends, and what has left it is not moved
 * back. The result is kept in an attribute of the node.
 *
 * @throws HavenError cib.not-found, fence.refused, vm.declined, node.last, pacemaker.*
 */
export async function fencePowerTest(
  environment: Environment,
  options: FencePowerTestOptions,
): Promise<FencePowerTestResult> {
  const { node, dryRun = false } = options;
  const { pacemaker, signal } = environment;
  if (!environment.isLive) throw new HavenError("pacemaker.no-file-action", { what: "A test of fencing" });
  const [text, status, quorum] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    pacemaker.status({ signal }),
    pacemaker.quorum({ signal }),
  ]);
  const cib = Cib.parse(text);
  const steps = fenceSteps(cib, node, fenceDevices(cib, isSecretParameter)).map((step) => step.devices);
  const plan = checkPowerTest({ cib, status, quorum, steps, self: options.self ?? hostname(), ...options });
  const marker = bootMarker(environment, node);
  const run: Run = { environment, plan, marker, mine: !plan.inStandby };
  const nothing = { node, shot: false, ok: false, devices: plan.devices, ...unknown };
  let begun = false;
  try {
    const { effect, stuck } = await drain(run, options, async () => {
      await agree(options, environment, marker);
      begun = !dryRun;
    });
    if (dryRun) return { ...nothing, effect, standby: undefined };
    const [first] = stuck;
    if (first !== undefined) {
      throw new HavenError("fence.refused", {
        what: `${node} was not shot: ${first.resource} is still there: ${first.why}`,
        hint: `Bring it away first, then again: haven fence test ${node} --power`,
      });
    }
    const test = await shoot(run);
    await keep(run, test);
    const standby = await undo(run);
    begun = false;
    const { ok, offSeconds, wholeSeconds, devices, from, why } = test;
    return { node, shot: true, ok, effect, offSeconds, wholeSeconds, devices, from, why, standby };
  } finally {
    await marker.remove();
    if (begun) await undo(run);
  }
}

const unknown = { offSeconds: undefined, wholeSeconds: undefined, from: undefined, why: undefined };

interface Run {
  readonly environment: Environment;
  readonly plan: PowerTestPlan;
  readonly marker: ReturnType<typeof bootMarker>;
  /** The test has put the node in standby, and has to take it out. */
  readonly mine: boolean;
}

async function drain(
  { environment, plan }: Run,
  { node, dryRun = false }: FencePowerTestOptions,
  prepare: () => Promise<void>,
): Promise<{ readonly effect: readonly string[]; readonly stuck: readonly Stuck[] }> {
  const question = `Drain ${node}, cut its power, and wait for its return?`;
  const words = [
    `${node} is shot by ${plan.devices.join(", ")} once it is empty, as the cluster would do it`,
  ];
  if (plan.inStandby && !dryRun) {
    if (!(await environment.confirm(question, words))) throw new HavenError("vm.declined");
    await prepare();
  }
  return await nodeStandby(environment, {
    nodes: [node],
    dryRun,
    question,
    plan: words,
    ...(plan.inStandby ? {} : { prepare }),
  });
}

/** @throws HavenError fence.refused; nothing was changed then */
async function agree(
  { node, typedName }: FencePowerTestOptions,
  environment: Environment,
  marker: Run["marker"],
): Promise<void> {
  const typed = await typedName("Type the name of the node that is to be shot");
  if (typed?.trim() !== node) {
    const found = typed === undefined ? "nothing" : `'${typed.trim().slice(0, 80)}'`;
    throw new HavenError("fence.refused", {
      what: `Not confirmed: expected ${node}, found ${found}`,
      hint: `For scripts: haven fence test ${node} --power --yes --confirm-node ${node}`,
    });
  }
  environment.progress(`Leaving a mark on ${node} that its restart takes away`);
  try {
    await marker.put();
  } catch (cause) {
    const what = `Whether ${node} is really restarted could not be told: its libvirt does not take a file`;
    throw new HavenError("fence.refused", { what, hint: "Mend that node's libvirt first" }, { cause });
  }
}

/** Never throws but for an interruption: what went wrong is the result. */
async function shoot({ environment, plan, marker }: Run): Promise<PowerTest> {
  const { pacemaker, clock } = environment;
  const { node, devices } = plan;
  const [time, begin] = [clock.now(), clock.monotonic()];
  const seconds = (): number => (clock.monotonic() - begin) / 1000;
  const failed: PowerTest = { ...unknown, time, ok: false, devices };
  environment.progress(`Shooting ${node} by ${devices.join(", ")}`);
  try {
    // Not broken off: the cluster would go on with it anyhow, and nobody would know how it ended.
    await pacemaker.fenceNode(node, "reboot", { timeoutMs: plan.timeoutMs });
  } catch (error) {
    return { ...failed, why: (await agentWords(environment, node, time)) ?? wordsOf(error) };
  }
  const offSeconds = seconds();
  const from = await delegateOf(environment, node);
  const back = await waitForReturn(environment, node);
  if (!back) {
    const why = `it did not come back within ${returnMs / 60_000} min after it was shot`;
    return { ...failed, offSeconds, from, why };
  }
  const wholeSeconds = seconds();
  const stayed = await marker.isThere();
  if (stayed === false) return { ...failed, ok: true, offSeconds, wholeSeconds, from };
  const why =
    stayed === true
      ? "the device said that it had cut the power, but the node was not restarted"
      : "whether the node was restarted could not be told: its libvirt does not answer";
  return { ...failed, offSeconds, wholeSeconds, from, why };
}

async function waitForReturn(environment: Environment, node: string): Promise<boolean> {
  const { pacemaker, clock, signal } = environment;
  const begin = clock.monotonic();
  // Right after it was shot it may still be shown as it was.
  let seenAway = false;
  while (clock.monotonic() - begin < returnMs) {
    environment.progress(`${node} is shot; waiting for its return`);
    const status = await pacemaker
      .status({ signal, attributes: false, fenceHistory: "none", bans: false })
      .catch(() => undefined);
    const now = status?.nodes.find(({ name }) => name === node);
    const isBack = now?.online === true && !now.pending && !now.unclean;
    if (status !== undefined && !isBack) seenAway = true;
    if (isBack && (seenAway || clock.monotonic() - begin > unseenMs)) return true;
    await clock.sleep(intervalMs, signal);
  }
  return false;
}

/** What the agent has said about its failure, by whichever node it was run. */
async function agentWords(
  { pacemaker }: Environment,
  node: string,
  since: number,
): Promise<string | undefined> {
  const status = await pacemaker.status({ fenceHistory: "none" }).catch(() => undefined);
  for (const { attributes } of status?.nodes ?? []) {
    const [, when = "", words] = /^(\S+) (.+)$/.exec(attributes.get(`haven-fence-${node}`) ?? "") ?? [];
    if (words !== undefined && Date.parse(when) >= since) return words;
  }
  return undefined;
}

function wordsOf(error: unknown): string {
  return isHavenError(error, "pacemaker.fencing") ? String(error.payload.why) : printError(error);
}

async function delegateOf({ pacemaker }: Environment, node: string): Promise<string | undefined> {
  const status = await pacemaker.status({ attributes: false }).catch(() => undefined);
  return status?.fenceHistory.find(({ target, status: how }) => target === node && how === "success")
    ?.delegate;
}

async function keep({ environment, plan }: Run, test: PowerTest): Promise<void> {
  try {
    await changeCib(
      { pacemaker: environment.pacemaker },
      (editor) => editor.setNodeAttributes(plan.node, { [powerTestAttribute]: writePowerTest(test) }),
      { simulate: false },
    );
  } catch (error) {
    environment.log.warn(`The result could not be kept: ${printError(error)}`);
  }
}

/** Takes the node out of standby, if the test has put it there; says what to type where that does not work. */
async function undo({ environment, plan, mine }: Run): Promise<string | undefined> {
  const { node } = plan;
  const command = `haven node online ${node}`;
  if (!mine) return command;
  try {
    // Whoever has agreed to the test has agreed to its end, also after Ctrl-C.
    const signal = new AbortController().signal;
    await nodeOnline({ ...environment, signal, confirm: () => Promise.resolve(true) }, { nodes: [node] });
    return undefined;
  } catch (error) {
    environment.log.warn(
      `${node} is still in standby: ${printError(error)}; when that is mended: ${command}`,
    );
    return command;
  }
}
