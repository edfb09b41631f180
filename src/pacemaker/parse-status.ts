import { HavenError } from "../base/errors.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { integer, yes } from "./attribute-values.ts";
import { readMembers } from "./read-members.ts";
import type { Ban, ClusterStatus, FailCount, FailedAction, FenceEvent } from "./status.ts";
import { toolComplaint } from "./tool-complaint.ts";

/**
 * Reads what `crm_mon --output-as=xml` prints (schema crm_mon in /usr/share/pacemaker/api; tried with 2.1.5's
 * api 2.25 and 3.0's 2.38). What a version does not say yet, or no longer, becomes undefined or the usual value.
 *
 * @throws HavenError pacemaker.failed when it holds an error instead of a status, xml.invalid
 */
export function parseStatus(text: string): ClusterStatus {
  const root = readXml(text, { source: "crm_mon's output" });
  const summary = root.child("summary");
  const isWhole = summary !== undefined && root.child("nodes") !== undefined;
  if (root.name !== "pacemaker-result" || !isWhole) throw noStatus(root);
  const fencing = root.child("fence_history");
  return {
    ...readSummary(summary),
    ...readMembers(root, readAttributes(root.child("node_attributes"))),
    failures: (root.child("failures")?.all("failure") ?? []).map(readFailure),
    failCounts: readFailCounts(root.child("node_history")),
    fenceHistory: (fencing?.all("fence_event") ?? []).map(readFenceEvent),
    fenceHistoryError: fenceHistoryError(fencing),
    bans: (root.child("bans")?.all("ban") ?? []).map(readBan),
  };
}

function noStatus(root: XmlElement): HavenError {
  const why = toolComplaint(root, "it printed no status");
  const code = root.child("status")?.get("code");
  if (code === "102") return new HavenError("pacemaker.down", { why });
  return new HavenError("pacemaker.failed", { command: "crm_mon", why });
}

/** A score, where INFINITY stands for a million. */
function score(value: string | undefined): number | undefined {
  if (value === "INFINITY" || value === "+INFINITY") return Number.POSITIVE_INFINITY;
  if (value === "-INFINITY") return Number.NEGATIVE_INFINITY;
  const number = integer(value);
  if (number === undefined) return undefined;
  if (number >= 1_000_000) return Number.POSITIVE_INFINITY;
  return number <= -1_000_000 ? Number.NEGATIVE_INFINITY : number;
}

/** Pacemaker writes "none" or nothing where it has no reason. */
function reason(value: string | undefined): string | undefined {
  return value === undefined || value === "" || value === "none" ? undefined : value;
}

function readSummary(summary: XmlElement) {
  const dc = summary.child("current_dc");
  const options = summary.child("cluster_options");
  const change = summary.child("last_change");
  const configured = summary.child("resources_configured");
  return {
    stack: summary.child("stack")?.get("type") ?? "unknown",
    dc:
      dc === undefined || !yes(dc, "present")
        ? undefined
        : {
            name: dc.get("name") ?? "",
            version: dc.get("version") ?? "",
            mixedVersion: yes(dc, "mixed_version"),
          },
    quorum: dc !== undefined && yes(dc, "with_quorum"),
    maintenance: options !== undefined && yes(options, "maintenance-mode"),
    // 3.0.1 and later also say fencing-enabled.
    stonithEnabled: (options?.get("fencing-enabled") ?? options?.get("stonith-enabled")) !== "false",
    symmetric: options?.get("symmetric-cluster") !== "false",
    noQuorumPolicy: options?.get("no-quorum-policy") ?? "stop",
    stopAll: options !== undefined && yes(options, "stop-all-resources"),
    lastUpdate: summary.child("last_update")?.get("time"),
    lastChange:
      change === undefined
        ? undefined
        : {
            time: change.get("time") ?? "",
            user: change.get("user") ?? "",
            client: change.get("client") ?? "",
            origin: change.get("origin") ?? "",
          },
    resourcesConfigured: integer(configured?.get("number")) ?? 0,
    resourcesDisabled: integer(configured?.get("disabled")) ?? 0,
    resourcesBlocked: integer(configured?.get("blocked")) ?? 0,
  };
}

function readAttributes(section: XmlElement | undefined): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const nodes = new Map<string, Map<string, string>>();
  for (const node of section?.all("node") ?? []) {
    const values = new Map<string, string>();
    for (const attribute of node.all("attribute")) {
      values.set(attribute.get("name") ?? "", attribute.get("value") ?? "");
    }
    nodes.set(node.get("name") ?? "", values);
  }
  return nodes;
}

/** RESOURCE_OPERATION_INTERVAL; a resource's name may hold underscores, the other two do not. */
const operationKey = /^(.+?)_(migrate_to|migrate_from|[a-z][a-z-]*)_(\d+)$/;

function readFailure(element: XmlElement): FailedAction {
  const key = element.get("op_key") ?? element.get("id") ?? "";
  const parts = operationKey.exec(key);
  return {
    resource: parts?.[1] ?? key,
    operation: element.get("task") ?? parts?.[2] ?? "",
    intervalMs: integer(element.get("interval") ?? parts?.[3]) ?? 0,
    node: element.get("node") ?? "",
    exitCode: integer(element.get("exitcode")) ?? -1,
    exitStatus: element.get("exitstatus") ?? "",
    exitReason: reason(element.get("exitreason")),
    status: element.get("status") ?? "",
    callId: integer(element.get("call")) ?? -1,
    lastChange: element.get("last-rc-change"),
    execMs: integer(element.get("exec")),
  };
}

function readFailCounts(history: XmlElement | undefined): readonly FailCount[] {
  const counts: FailCount[] = [];
  for (const node of history?.all("node") ?? []) {
    for (const entry of node.all("resource_history")) {
      const count = score(entry.get("fail-count")) ?? 0;
      if (count === 0) continue;
      counts.push({
        resource: entry.get("id") ?? "",
        node: node.get("name") ?? "",
        count,
        migrationThreshold: score(entry.get("migration-threshold")),
        lastFailure: entry.get("last-failure"),
      });
    }
  }
  return counts;
}

function readFenceEvent(event: XmlElement): FenceEvent {
  return {
    action: event.get("action") ?? "",
    target: event.get("target") ?? "",
    client: event.get("client") ?? "",
    origin: event.get("origin") ?? "",
    delegate: event.get("delegate"),
    status: event.get("status") ?? "",
    exitReason: reason(event.get("exit-reason")),
    completed: event.get("completed"),
  };
}

function fenceHistoryError(history: XmlElement | undefined): string | undefined {
  const code = history?.get("status");
  return code === undefined || code === "0" ? undefined : `the fencer answered with error ${code}`;
}

function readBan(ban: XmlElement): Ban {
  return {
    id: ban.get("id") ?? "",
    resource: ban.get("resource") ?? "",
    node: ban.get("node") ?? "",
    weight: score(ban.get("weight")) ?? 0,
    promotedOnly: yes(ban, "promoted-only"),
  };
}
