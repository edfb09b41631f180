import type { HealthCheck } from "../../contract/health-check.ts";
import type { StatusReport } from "../../contract/status-report.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import type { QuorumStatus } from "../../pacemaker/quorum.ts";
import type { ClusterStatus } from "../../pacemaker/status.ts";
import { closedNode } from "../../plan/closed-node.ts";
import { nodesNamed } from "../../plan/nodes-named.ts";
import { undo } from "../../plan/undo-commands.ts";
import { configurationFindings } from "../cluster-verify.ts";
import { reachTestAttribute, readReachTest } from "../fence-test-record.ts";
import { testAgeDays } from "../node-readiness.ts";

/** What the cluster says of itself. */
export interface ClusterFacts {
  readonly status: ClusterStatus;
  readonly cib: Cib;
  readonly report: StatusReport;
  /** What crm_verify says. */
  readonly lines: readonly string[];
  readonly quorum: QuorumStatus | undefined;
  readonly now: number;
}

/** Why a node is not ready, that only a test would tell: nothing is known to be wrong. */
const untested = new Set(["not-tested", "test-old", "one-node", "maintenance", "node-state", "not-running"]);

/** The cluster's state and configuration: problems, readiness for a loss, what was left behind. Pure. */
export function configurationHealth(facts: ClusterFacts): readonly HealthCheck[] {
  return [
    ...problemHealth(facts),
    ...configurationOf(facts),
    ...readinessHealth(facts),
    ...reachHealth(facts),
    ...standbyHealth(facts),
    ...constraintHealth(facts.cib),
    ...capacityHealth(facts.report),
  ];
}

/** As `haven status` says them; links are each node's to tell, and leftovers of moves the configuration's. */
function problemHealth({ report }: ClusterFacts): readonly HealthCheck[] {
  const problems = report.problems.filter(({ code }) => code !== "link.down" && code !== "resource.banned");
  const found = problems.map(({ code, severity, subject, text, next }) => ({
    ...{ id: code, severity, text },
    ...(subject === undefined ? {} : { subject }),
    ...(next === undefined ? {} : { next }),
  }));
  if (found.length > 0) return found;
  const { nodesOnline, vmsRunning } = report.cluster;
  const text = `${nodesOnline} nodes online with quorum, ${vmsRunning} VMs run, nothing has failed`;
  return [{ id: "status", severity: "ok", text }];
}

function configurationOf({ cib, lines, quorum, now }: ClusterFacts): readonly HealthCheck[] {
  const findings = configurationFindings(cib, { lines, quorum, now });
  const found = findings.flatMap(({ severity, text, next }): readonly HealthCheck[] =>
    severity === "hint"
      ? []
      : [{ id: "configuration", severity, text, ...(next === undefined ? {} : { next }) }],
  );
  if (found.length > 0) return found;
  return [{ id: "configuration", severity: "ok", text: "crm_verify and Haven's own checks find nothing" }];
}

/** Whether the loss of each node would be survived. What its state says already is said once. */
function readinessHealth({ report }: ClusterFacts): readonly HealthCheck[] {
  const { nodes = [], vms = [], ready = true } = report.readiness ?? {};
  if (ready) return [{ id: "ready", severity: "ok", text: "the loss of any one node would be survived" }];
  const ofNodes = nodes.flatMap(({ name, reasons }) =>
    reasons
      .filter(({ code }) => code !== "node-state" && code !== "maintenance" && code !== "fencing-disabled")
      .map(
        ({ code, text, next }): HealthCheck => ({
          ...{ id: "ready.node", subject: name, severity: untested.has(code) ? "warning" : "error" },
          text: `${name} is not ready to be lost: ${text}`,
          ...{ expected: "a fence device that was tried, and votes enough without it" },
          ...(next === undefined ? {} : { next }),
        }),
      ),
  );
  const known = new Set([
    "node-not-ready",
    "not-running",
    "unmanaged",
    "one-node",
    "fencing-disabled",
    "maintenance",
  ]);
  const ofVms = vms.flatMap(({ name, reasons }) =>
    reasons
      .filter(({ code }) => !known.has(code))
      .map(
        ({ text, next }): HealthCheck => ({
          ...{ id: "ready.vm", subject: name, severity: "warning" },
          text: `VM ${name} would not start elsewhere: ${text}`,
          ...(next === undefined ? {} : { next }),
        }),
      ),
  );
  return [...ofNodes, ...ofVms];
}

/** Pacemaker watches a device from one node only: that the others reach it, a test of each says. */
function reachHealth({ cib, now }: ClusterFacts): readonly HealthCheck[] {
  const members = cib.nodes.filter(({ type }) => type === "member");
  if (!cib.resources.some(({ element }) => element.get("class") === "stonith") || members.length < 2)
    return [];
  const days = members.flatMap(({ attributes }) => {
    const test = readReachTest(attributes.get(reachTestAttribute));
    return test === undefined ? [] : [(now - test.time) / 86_400_000];
  });
  const oldest = Math.floor(Math.max(0, ...days));
  const about = { id: "fencing.reach" };
  if (days.length === members.length && oldest <= testAgeDays) {
    const text = `each device was asked from each node, ${oldest === 0 ? "today" : `${oldest} days ago`} at the latest`;
    return [{ ...about, severity: "ok", text }];
  }
  const text =
    days.length < members.length
      ? "not every fence device was asked from the other nodes yet"
      : `it is ${oldest} days that each fence device was asked from each node`;
  const expected = `an answer to each node in the last ${testAgeDays} days`;
  return [{ ...about, severity: "warning", text, expected, next: "haven fence test" }];
}

function standbyHealth({ status }: ClusterFacts): readonly HealthCheck[] {
  return status.nodes
    .filter(({ standby, standbyOnFail }) => standby && !standbyOnFail)
    .map((node): HealthCheck => {
      const { name } = node;
      const next = closedNode(node)?.command;
      return {
        ...{ id: "node.standby", severity: "warning", subject: name },
        text: `${name} is in standby: it takes no VMs, and is no help when another one is lost`,
        ...(next === undefined ? {} : { next }),
      };
    });
}

/** Location constraints that name a node which is none any more. */
function constraintHealth(cib: Cib): readonly HealthCheck[] {
  const known = new Set(cib.nodes.map(({ name }) => name));
  if (known.size === 0) return [];
  return cib.constraints.flatMap((constraint): readonly HealthCheck[] => {
    const gone = [...new Set(nodesNamed(constraint))].filter((name) => !known.has(name));
    const id = constraint.get("id") ?? "";
    return gone.map((name) => ({
      ...{ id: "leftover.constraint", severity: "warning", subject: id },
      text: `the constraint ${id} is about ${name}, which is no node`,
      expected: "constraints about nodes that there are",
      next: undo.constraint(constraint.get("rsc") ?? "", id),
    }));
  });
}

function capacityHealth({ capacity }: StatusReport): readonly HealthCheck[] {
  return (capacity?.short ?? []).map(({ node, why }) => ({
    ...{ id: "capacity", severity: "warning", subject: node },
    text: `if ${node} were lost, not all of its VMs would find room: ${why}`,
    next: `haven plan fail ${node}`,
  }));
}
