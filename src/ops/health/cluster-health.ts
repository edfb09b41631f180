import { HavenError, isHavenError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import type { HealthCheck } from "../../contract/health-check.ts";
import type { HealthReport } from "../../contract/health-report.ts";
import type { NodeChecks } from "../../contract/node-checks.ts";
import { Cib } from "../../pacemaker/cib.ts";
import type { ClusterStatus } from "../../pacemaker/status.ts";
import type { Environment } from "../environment.ts";
import { makeReport } from "../status.ts";
import { acrossNodes } from "./across-nodes.ts";
import { boundedChecks } from "./bounded-checks.ts";
import { configurationHealth } from "./configuration-health.ts";
import { healthOf } from "./health-of.ts";
import { healthVerdict } from "./health-verdict.ts";
import { migrationHealth } from "./migration-health.ts";
import type { NodeContext } from "./node-context.ts";
import { openLibvirt } from "./open-libvirt.ts";
import { whyOf } from "./why-of.ts";

export interface ClusterHealthOptions {
  /** Only these nodes, and nothing of the cluster as a whole; none: everything. */
  readonly nodes: readonly string[];
  /** The cluster's nodes; none where this one is of no cluster. */
  readonly members: readonly string[];
  /** This node. */
  readonly node: string;
  /** Has a node look at itself. @throws HavenError peer.silent, peer.refused */
  readonly of: (node: string, signal: AbortSignal) => Promise<NodeChecks>;
  readonly openLibvirt?: NodeContext["openLibvirt"];
}

/** A node that looks at itself gives each look its time; longer it is not waited for. */
const nodeMs = 28_000;
const clusterMs = 14_000;
const migrationMs = 15_000;

/**
 * Looks at the whole cluster: each node at itself, all at the same time, and at what is of the cluster as a whole. What
 * does not answer is an answer too; the time is bounded whatever hangs.
 *
 * @throws HavenError cib.not-found for no node of the cluster; interrupted
 */
export async function clusterHealth(
  environment: Pick<Environment, "pacemaker" | "signal" | "clock" | "progress" | "isLive">,
  options: ClusterHealthOptions,
): Promise<HealthReport> {
  const { signal, clock, progress } = environment;
  // Debian's package comes with a cluster of one node that nobody has asked for.
  const members = options.members.includes(options.node) ? options.members : [options.node];
  for (const name of options.nodes) {
    if (!members.includes(name)) {
      throw new HavenError("cib.not-found", { what: "node", name, like: nearest(name, members) });
    }
  }
  const names = options.nodes.length > 0 ? members.filter((one) => options.nodes.includes(one)) : members;
  let left = names.length;
  progress(names.length === 1 ? `${names[0]} looks at itself` : `${names.length} nodes look at themselves`);
  const answers = Promise.all(
    names.map(async (node) => {
      const answer = await nodeAnswer(node, options, signal);
      left -= 1;
      if (left > 0) progress(`${names.length - left} of ${names.length} nodes have looked at themselves`);
      return answer;
    }),
  );
  const isWhole = options.nodes.length === 0;
  const [nodes, cluster] = await Promise.all([answers, isWhole ? wholeHealth(environment, options) : []]);
  const across = isWhole ? acrossNodes(nodes.flatMap(({ checks }) => checks ?? [])) : [];
  return healthVerdict({
    time: clock.now(),
    cluster: [...cluster, ...across],
    nodes: nodes.map(({ node, found }) => ({ node, checks: found })),
  });
}

interface NodeAnswer {
  readonly node: string;
  readonly found: readonly HealthCheck[];
  readonly checks?: NodeChecks;
}

async function nodeAnswer(
  node: string,
  { of }: ClusterHealthOptions,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  let checks: NodeChecks | undefined;
  const next = `On ${node}: systemctl status haven; haven health --local`;
  const found = await boundedChecks(
    { id: "node", subject: node, ms: nodeMs, signal, next },
    async (until) => {
      checks = await of(node, until);
      return healthOf(checks);
    },
  );
  return { node, found, ...(checks === undefined ? {} : { checks }) };
}

/** What is of the cluster as a whole, as this node sees it. */
async function wholeHealth(
  { pacemaker, signal, clock, isLive }: Pick<Environment, "pacemaker" | "signal" | "clock" | "isLive">,
  options: ClusterHealthOptions,
): Promise<readonly HealthCheck[]> {
  let seen: { readonly status: ClusterStatus; readonly cib: Cib } | undefined;
  const about = { id: "pacemaker", ms: clusterMs, signal };
  const found = await boundedChecks(about, async (until) => {
    const call = { signal: until, timeoutMs: clusterMs };
    try {
      const [status, text, quorum, links, lines] = await Promise.all([
        pacemaker.status(call),
        pacemaker.queryCib(call),
        pacemaker.quorum({ signal: until }).catch(() => undefined),
        pacemaker.links({ signal: until }).catch(() => undefined),
        pacemaker.verify(undefined, call),
      ]);
      const cib = Cib.parse(text);
      seen = { status, cib };
      const now = clock.now();
      const report = makeReport(status, cib, { now, quorum, links });
      return configurationHealth({ status, cib, report, lines, quorum, now });
    } catch (error) {
      if (until.aborted || isHavenError(error, "interrupted")) throw error;
      return [downCheck(error)];
    }
  });
  if (seen === undefined || !isLive) return found;
  const { status, cib } = seen;
  const nodes = status.nodes
    .filter(({ online, type }) => online && type === "member")
    .map(({ name }) => name);
  const busy = async (until: AbortSignal): Promise<ReadonlySet<string>> => {
    const now = await pacemaker.status({ signal: until, timeoutMs: clusterMs });
    return new Set(now.resources.filter(({ pending }) => pending !== undefined).map(({ id }) => id));
  };
  const world = { cib, nodes, busy, openLibvirt: options.openLibvirt ?? openLibvirt };
  const migration = await boundedChecks({ id: "migration", ms: migrationMs, signal }, (until) =>
    migrationHealth({ ...world, signal: until }),
  );
  return [...found, ...migration];
}

function downCheck(error: unknown): HealthCheck {
  const text = `the cluster cannot be looked at from here: ${whyOf(error)}`;
  const next = "systemctl status corosync pacemaker; before it is a node of one: haven health --local";
  return { id: "pacemaker", severity: "error", text, expected: "Pacemaker running on this node", next };
}
