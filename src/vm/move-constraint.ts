import type { VmMove } from "../contract/vm-view.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { resourceId, vmNameOf } from "./names.ts";

/** The process that moves a VM and takes its constraint away afterwards. */
export interface MoveOwner {
  readonly host: string;
  readonly pid: number;
}

/**
 * The id of the constraint that moves a VM: one for each VM, so that two moves at a time exclude each other.
 * The dot keeps it apart from a VM called NAME-move.
 */
export function moveConstraintId(name: string): string {
  return `${resourceId(name)}.move`;
}

/**
 * The constraint that moves a VM. It stops to count at `expires` (milliseconds since 1970) even where nobody is
 * left to take it away, and its rule's id names its owner.
 */
export function moveConstraint(name: string, node: string, owner: MoveOwner, expires: number): XmlElement {
  const id = moveConstraintId(name);
  const rule = `${id}-by.${owner.host.replace(/[^A-Za-z0-9_.-]/g, "_")}.${owner.pid}`;
  return xml("rsc_location", { id, rsc: resourceId(name) }, [
    xml("rule", { id: rule, score: "INFINITY", "boolean-op": "and" }, [
      xml("expression", { id: `${id}-node`, attribute: "#uname", operation: "eq", value: node }),
      xml("date_expression", { id: `${id}-expires`, operation: "lt", end: dateText(expires) }),
    ]),
  ]);
}

/** As Pacemaker reads it in every version: `2026-08-02 10:00:00Z`. */
function dateText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** A move that the configuration asks for. */
export interface FoundMove extends VmMove {
  readonly name: string;
  readonly constraint: string;
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** All moves in a configuration, also expired ones. */
export function movesInCib(cib: Cib): readonly FoundMove[] {
  const found: FoundMove[] = [];
  for (const constraint of cib.constraints) {
    const name = vmNameOf(constraint.get("rsc") ?? "");
    if (name === undefined || constraint.get("id") !== moveConstraintId(name)) continue;
    const rule = constraint.child("rule");
    const to = rule?.child("expression")?.get("value");
    const end = rule?.child("date_expression")?.get("end");
    const owner = /-by\.(.+)\.(\d+)$/.exec(rule?.get("id") ?? "");
    if (to === undefined || end === undefined || owner === null) continue;
    const [, host = "", pid = "0"] = owner;
    const expiresAt = Date.parse(end.replace(" ", "T"));
    found.push({
      name,
      constraint: moveConstraintId(name),
      to,
      host,
      pid: Number(pid),
      owner: `process ${pid} on ${host}`,
      expiresAt,
      expires: new Date(expiresAt).toISOString(),
    });
  }
  return found;
}

/** Takes away moves that no longer count, left behind by a process that could not do it itself. */
export function dropExpiredMoves(editor: CibEditor, now: number): void {
  for (const move of movesInCib(editor.cib)) if (move.expiresAt <= now) editor.remove(move.constraint);
}
