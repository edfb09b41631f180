import { run } from "../base/exec.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";

/** What Pacemaker has recorded of a resource's operations, as far as a failed migration is concerned. */
export interface MigrationRecord {
  /** The migration away from that node has failed, and nobody has cleaned that up. */
  readonly failed: boolean;
  /** An operation of the resource is under way somewhere. */
  readonly pending: boolean;
}

const timeoutMs = 10_000;

/** PCMK_OCF_UNKNOWN: what an operation has as its result while it is under way. */
const noResultYet = "193";

/** Reads the status section for one resource. @throws HavenError exec.failed and the like, xml.invalid */
export async function migrationRecord(resource: string, source: string): Promise<MigrationRecord> {
  return recordOf(await operationsOf(resource), source);
}

/** All that Pacemaker has recorded of a resource's operations on all nodes. */
export async function operationsOf(resource: string): Promise<readonly XmlElement[]> {
  // Ids of resources are names of XML: no quote can be in one.
  if (!/^[\p{L}_][\p{L}\p{N}._:-]*$/u.test(resource)) return [];
  const xpath = `//lrm_resource[@id='${resource}']`;
  const text = await run(["cibadmin", "--query", "--xpath", xpath], { timeoutMs });
  return operationsIn(readXml(text, { source: "cibadmin" }));
}

/** The operations in what cibadmin printed: one element, or several in a holder. */
export function operationsIn(answer: XmlElement): readonly XmlElement[] {
  return [...answer.walk()].filter((element) => element.name === "lrm_rsc_op");
}

/** Whether an operation is under way: it has no result yet. */
export function isPending(op: XmlElement): boolean {
  return op.get("op-status") === "-1" || op.get("rc-code") === noResultYet;
}

export function recordOf(operations: readonly XmlElement[], source: string): MigrationRecord {
  const pending = operations.some(isPending);
  const failed = operations.some(
    (op) =>
      op.get("operation") === "migrate_to" &&
      op.get("migrate_source") === source &&
      !["0", noResultYet].includes(op.get("rc-code") ?? "0"),
  );
  return { failed, pending };
}

/** The record of one operation, which no later one is taken for. */
export interface OperationRecord {
  readonly id: string;
  readonly node: string;
  /** Names the operation among all that ever were: its transition and place in it. */
  readonly key: string;
}

/**
 * What Pacemaker has recorded on all other nodes of migrations that have succeeded. Where the resource runs here, and no
 * operation of it is under way, they are former ones: they stay when the VM is long gone from there, and the scheduler
 * takes them for a part of what is now (docs/adr/former-migrations.md).
 *
 * @param self The node that the resource runs on, whose own records stay
 * @throws Error, HavenError where it cannot be asked
 */
export async function formerMigrations(resource: string, self: string): Promise<readonly OperationRecord[]> {
  return formerMigrationsIn(await operationsOf(resource), self);
}

export function formerMigrationsIn(
  operations: readonly XmlElement[],
  self: string,
): readonly OperationRecord[] {
  return operations.flatMap((op) => {
    const what = op.get("operation");
    const [id = "", node = "", key = ""] = [op.get("id"), op.get("on_node"), op.get("transition-key")];
    if ((what !== "migrate_from" && what !== "migrate_to") || op.get("rc-code") !== "0") return [];
    // They stand within quotes in a path.
    const arePlain = [id, node, key].every((word) => /^[\p{L}\p{N}._:-]+$/u.test(word));
    return node === self || isPending(op) || !arePlain ? [] : [{ id, node, key }];
  });
}

/**
 * Has Pacemaker forget operations of a resource: just these, not what has been recorded in their place meanwhile.
 *
 * @throws Error, HavenError where it cannot be told
 */
export async function forgetOperations(resource: string, records: readonly OperationRecord[]): Promise<void> {
  for (const { id, node, key } of records) {
    const which = `[@id='${id}'][@on_node='${node}'][@transition-key='${key}']`;
    const path = `//lrm_resource[@id='${resource}']/lrm_rsc_op${which}`;
    await run(["cibadmin", "--delete-all", "--force", "--xpath", path], { timeoutMs });
  }
}

/** What Pacemaker has recorded of a VM that has ended on a node by itself. */
export interface ShutdownRecord {
  /** Its stop there, which finds nothing to stop, has succeeded. */
  readonly stopped: boolean;
  /** The monitor that has not found it still counts as a failure. */
  readonly failed: boolean;
  readonly pending: boolean;
}

/** Reads the status section for one resource on one node. @throws as migrationRecord */
export async function shutdownRecord(resource: string, node: string): Promise<ShutdownRecord> {
  return shutdownRecordOf(await operationsOf(resource), node);
}

export function shutdownRecordOf(operations: readonly XmlElement[], node: string): ShutdownRecord {
  const here = operations.filter((op) => op.get("on_node") === node);
  return {
    stopped: here.some((op) => op.get("operation") === "stop" && op.get("rc-code") === "0"),
    failed: here.some(
      (op) => op.get("operation") === "monitor" && op.get("rc-code") === "7" && op.get("interval") !== "0",
    ),
    pending: operations.some(isPending),
  };
}

/** True when Pacemaker is sure that the node is off: gone, and not waiting to be fenced. */
export async function nodeIsOff(node: string): Promise<boolean> {
  const text = await run(["crm_mon", "--one-shot", "--output-as=xml"], { timeoutMs });
  return nodeIsOffIn(readXml(text, { source: "crm_mon" }), node);
}

export function nodeIsOffIn(status: XmlElement, node: string): boolean {
  const entry = status
    .child("nodes")
    ?.all("node")
    .find((element) => element.get("name") === node);
  return (
    entry?.get("online") === "false" && entry.get("unclean") === "false" && entry.get("pending") !== "true"
  );
}

/** Has Pacemaker forget the resource's failures on a node. */
export async function cleanup(resource: string, node: string): Promise<void> {
  await run(["crm_resource", "--cleanup", "--resource", resource, "--node", node], { timeoutMs: 60_000 });
}

/** Has Pacemaker forget what it recorded of the resource on a node, and look again. */
export async function refresh(resource: string, node: string): Promise<void> {
  await run(["crm_resource", "--refresh", "--resource", resource, "--node", node], { timeoutMs: 60_000 });
}
