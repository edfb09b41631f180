import { Cib } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";

/**
 * The CIB as Pacemaker's coordinator would have it just after nodes were lost without a word: out of the membership,
 * not stopped in good order. What the scheduler makes of it is what happens then: the nodes are fenced, and what ran
 * there is recovered.
 *
 * A cluster node is away when `in_ccm` and `crmd` of its state are no times and no words for yes (both ways of writing
 * them, before and since Pacemaker 2.1.7, read "0" so). A Pacemaker Remote node or a guest node has no such state: its
 * connection is lost when the resource that holds it has failed, which `failConnection` notes.
 *
 * @param quorum Whether those that are left are a majority
 */
export function loseNodes(cib: Cib, names: readonly string[], quorum: boolean): Cib {
  const root = cib.root.clone();
  const status = root.child("status");
  for (const state of status?.all("node_state") ?? []) {
    const name = state.get("uname") ?? "";
    if (!names.includes(name)) continue;
    if (state.get("remote_node") === "true") failConnection(status, name);
    else loseMember(state);
  }
  root.set("have-quorum", quorum ? "1" : "0");
  const dc = status?.all("node_state").find((state) => state.get("id") === root.get("dc-uuid"));
  if (dc !== undefined && names.includes(dc.get("uname") ?? "")) root.set("dc-uuid", undefined);
  return new Cib(root);
}

function loseMember(state: XmlElement): void {
  state.set("in_ccm", "0");
  state.set("crmd", "0");
  state.set("join", "down");
  // It did not leave by itself.
  state.set("expected", "member");
}

/** The connection's last operation on the node that holds it becomes a monitor that found nothing. */
function failConnection(status: XmlElement | undefined, name: string): void {
  for (const state of status?.all("node_state") ?? []) {
    const resources = state.child("lrm")?.child("lrm_resources")?.all("lrm_resource") ?? [];
    const connection = resources.find((one) => one.get("id") === name);
    const monitor = connection
      ?.all("lrm_rsc_op")
      .find((one) => one.get("operation") === "monitor" && one.get("interval") !== "0");
    if (monitor === undefined) continue;
    monitor.set("rc-code", "1");
    monitor.set("op-status", "4");
    const magic = monitor.get("transition-magic");
    if (magic !== undefined) monitor.set("transition-magic", magic.replace(/^\d+:-?\d+;/, "4:1;"));
  }
}
