import { randomBytes } from "node:crypto";
import { HavenError, printError } from "../base/errors.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import {
  type FenceAnswer,
  type FenceAnswers,
  fenceAnswerName,
  fenceTestPrefix,
  readFenceAnswers,
} from "../power/fence-questions.ts";
import { xml } from "../xml/element.ts";
import { questionsFor } from "./answer-fence-test.ts";
import type { Environment } from "./environment.ts";
import { reachTestAttribute, writeReachTest } from "./fence-test-record.ts";
import { plainId } from "./status-resource.ts";

/** A device as one other node has reached it, or not. */
export interface FenceReach {
  readonly device: string;
  readonly from: string;
  readonly ok: boolean;
  readonly state: FenceAnswer["state"] | "silent";
  readonly ms: number | undefined;
  readonly why: string | undefined;
}

export interface FenceTestOfNode {
  readonly node: string;
  readonly ok: boolean;
  readonly reaches: readonly FenceReach[];
  /** Why there is nothing to ask, where that is so. */
  readonly why: string | undefined;
}

export interface FenceTestResult {
  readonly ok: boolean;
  readonly tests: readonly FenceTestOfNode[];
  /** Nodes that were not asked, since they are not online. */
  readonly absent: readonly string[];
}

const intervalMs = 500;
/** Until a node has begun, and after each of its answers until the next. Two tries of a minute, and a pause. */
const beginMs = 30_000;
const silenceMs = 150_000;

/**
 * Has every other node ask each device that can shoot a node for its power status: what one node can reach, another
 * may not. Nothing is switched. The result is kept in an attribute of each node.
 *
 * @throws HavenError fence.refused where no other node is there, pacemaker.*
 */
export async function fenceTest(
  environment: Environment,
  { nodes }: { readonly nodes: readonly string[] },
): Promise<FenceTestResult> {
  const { pacemaker, signal } = environment;
  if (!environment.isLive) throw new HavenError("pacemaker.no-file-action", { what: "A test of fencing" });
  const [text, status] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    pacemaker.status({ signal, fenceHistory: "none", attributes: false }),
  ]);
  const cib = Cib.parse(text);
  const members = status.nodes.filter(({ type }) => type === "member");
  const asking = members.filter(({ online, pending }) => online && !pending).map(({ name }) => name);
  const absent = members.map(({ name }) => name).filter((name) => !asking.includes(name));
  if (!asking.some((name) => nodes.some((node) => node !== name))) {
    throw new HavenError("fence.refused", {
      what: "No other node is online that could reach a fence device",
      hint: "Bring one back first: a node does not fence itself",
    });
  }
  const answers = await askNodes(environment, nodes, asking);
  const tests = nodes.map((node) => judge(cib, node, asking, answers));
  await keep(environment, tests);
  return { ok: tests.every(({ ok }) => ok), tests, absent };
}

interface NodeAnswers extends FenceAnswers {
  readonly begun: boolean;
  /** Why it cannot ask at all. */
  readonly why?: string;
}

type Answers = ReadonlyMap<string, NodeAnswers>;

/** Pacemaker takes an agent that is not there for a resource that does not run, and says nothing. */
const notBegun = "it has not begun to ask: is Haven's agent ocf:haven:FenceTest there?";

async function askNodes(
  environment: Environment,
  nodes: readonly string[],
  asking: readonly string[],
): Promise<Answers> {
  const { pacemaker } = environment;
  const word = randomBytes(4).toString("hex");
  const id = `${fenceTestPrefix}${word}`;
  // Unmanaged, and to be stopped: Pacemaker looks on each node whether it runs there, and does no more.
  let old: readonly string[] = [];
  await changeCib(
    environment,
    (editor) => {
      old = removeOld(editor);
      editor.addResource(questionResource(id, word, nodes));
    },
    { simulate: false },
  );
  try {
    return await collect(environment, id, word, asking);
  } finally {
    // Also after an interruption: it is taken away, whatever the signal says.
    const attributes = asking.map((node) =>
      pacemaker.setTransientAttribute(node, fenceAnswerName(word), undefined),
    );
    for (const done of await Promise.allSettled([forget(pacemaker, id, old), ...attributes])) {
      if (done.status === "rejected") {
        environment.log.warn(
          `Something of the test is left, the next one removes it: ${printError(done.reason)}`,
        );
      }
    }
  }
}

/** Takes the question away, and what the nodes remember of it: Pacemaker would keep that for good. */
async function forget(
  pacemaker: Environment["pacemaker"],
  id: string,
  old: readonly string[],
): Promise<void> {
  await changeCib({ pacemaker }, (editor) => void (editor.cib.resource(id) && editor.removeResource(id)), {
    simulate: false,
  });
  // One that no node has looked at is not known any more.
  for (const one of [id, ...old]) await pacemaker.refresh(one).catch(() => undefined);
}

/** What a command that was killed has left. */
function removeOld(editor: CibEditor): readonly string[] {
  const old = editor.cib.resources.filter(
    ({ id, element }) => id.startsWith(fenceTestPrefix) && element.get("type") === "FenceTest",
  );
  for (const { id } of old) editor.removeResource(id);
  return old.map(({ id }) => id);
}

function questionResource(id: string, word: string, nodes: readonly string[]) {
  const pair = (set: string, name: string, value: string) =>
    xml("nvpair", { id: `${id}-${set}-${name}`, name, value });
  return xml("primitive", { id, class: "ocf", provider: "haven", type: "FenceTest" }, [
    xml("instance_attributes", { id: `${id}-params` }, [
      pair("params", "word", word),
      pair("params", "targets", nodes.join(",")),
    ]),
    xml("meta_attributes", { id: `${id}-meta` }, [
      pair("meta", "target-role", "Stopped"),
      pair("meta", "is-managed", "false"),
      pair("meta", "allow-unhealthy-nodes", "true"),
    ]),
  ]);
}

const nothingYet: FenceAnswers = { busy: true, answers: [] };

/** Until every node has said all, or one says nothing any more. */
async function collect(
  { pacemaker, clock, signal, progress }: Environment,
  id: string,
  word: string,
  asking: readonly string[],
): Promise<Answers> {
  const found = new Map<string, NodeAnswers>();
  const heard = new Map(asking.map((node) => [node, { at: clock.monotonic(), text: "" }]));
  for (;;) {
    const status = await pacemaker.status({ signal, fenceHistory: "none", bans: false }).catch((error) => {
      if (signal.aborted) throw error;
      return undefined;
    });
    const now = clock.monotonic();
    const waiting: string[] = [];
    for (const node of asking) {
      const text =
        status?.nodes.find(({ name }) => name === node)?.attributes.get(fenceAnswerName(word)) ?? "";
      const last = heard.get(node);
      if (text !== "" && text !== last?.text) heard.set(node, { at: now, text });
      const answers = readFenceAnswers(heard.get(node)?.text);
      const why = status === undefined ? undefined : cannot(status, id, node);
      const begun = answers !== undefined;
      found.set(node, { begun, ...(answers ?? nothingYet), ...(why === undefined ? {} : { why }) });
      const patience = answers === undefined ? beginMs : silenceMs;
      const given = now - (heard.get(node)?.at ?? 0) > patience;
      if (answers?.busy !== false && why === undefined && !given) waiting.push(node);
    }
    if (waiting.length === 0) return found;
    progress(`Asking the fence devices from ${asking.join(", ")}; ${waiting.join(", ")} not done yet`);
    await clock.sleep(intervalMs, signal);
  }
}

/** Why a node cannot ask at all. */
function cannot(status: ClusterStatus, id: string, node: string): string | undefined {
  const failure = status.failures.find((failed) => plainId(failed.resource) === id && failed.node === node);
  if (failure !== undefined) return `${node} cannot ask: ocf:haven:FenceTest: ${failure.exitStatus}`;
  const there = status.nodes.find(({ name }) => name === node);
  return there?.online === true ? undefined : `${node} has left the cluster`;
}

/** What was really tried, and told on or off, counts as reachable; nothing else. */
function judge(cib: Cib, node: string, asking: readonly string[], answers: Answers): FenceTestOfNode {
  const reaches = asking
    .filter((from) => from !== node)
    .flatMap((from) =>
      questionsFor(cib, [node], from).flatMap(({ device }): FenceReach[] => {
        const own = answers.get(from);
        const answer = own?.answers.find((one) => one.target === node && one.device === device.id);
        if (answer?.state === "unknown") return [];
        const state = answer?.state ?? "silent";
        // A node that is a member of the cluster is on: a device that says otherwise means another server.
        const contradicts = state === "off" && asking.includes(node);
        const ok = state === "on" || (state === "off" && !contradicts);
        const said = contradicts
          ? `says that ${node} is off, though it runs: is it the right outlet?`
          : answer?.why;
        const silence = own?.begun === true ? "no answer in time" : notBegun;
        const why = answer === undefined ? (own?.why ?? silence) : said;
        return [{ device: device.id, from, ok, state, ms: answer?.ms, why }];
      }),
    );
  const why = reaches.length === 0 ? `No other node has a device that can shoot ${node}` : undefined;
  return { node, ok: why === undefined && reaches.every(({ ok }) => ok), reaches, why };
}

async function keep(environment: Environment, tests: readonly FenceTestOfNode[]): Promise<void> {
  const time = environment.clock.now();
  await changeCib(
    environment,
    (editor) => {
      for (const { node, reaches } of tests) {
        if (editor.cib.node(node) === undefined) continue;
        const devices = [...new Set(reaches.map(({ device }) => device))];
        const line = writeReachTest({
          time,
          reaches: devices.map((device) => {
            const own = reaches.filter((reach) => reach.device === device);
            return {
              device,
              from: own.filter(({ ok }) => ok).map(({ from }) => from),
              notFrom: own.filter(({ ok }) => !ok).map(({ from }) => from),
            };
          }),
        });
        editor.setNodeAttributes(node, { [reachTestAttribute]: line });
      }
    },
    { simulate: false },
  );
}
