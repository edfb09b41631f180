import { XmlElement, xml } from "../xml/element.ts";
import { Cib } from "./cib.ts";

export interface FoundRunning {
  readonly resource: string;
  /** Class, provider and type of its agent. */
  readonly agent: Readonly<{ class: string; provider: string; type: string }>;
  readonly node: string;
  /** The resource whose history goes: it is no longer there. */
  readonly instead?: string | undefined;
}

/**
 * The CIB as it will be when probes on all nodes have found resources running where they are: to have the scheduler
 * say beforehand what would follow. Configuration and the rest of the status stay.
 */
export function withFoundRunning(cib: Cib, found: readonly FoundRunning[]): Cib {
  const { root } = cib;
  const gone = new Set(found.map(({ instead }) => instead));
  const made = new Set(found.map(({ resource }) => resource));
  const children = root.children.map((child) => {
    if (child.name !== "status") return child;
    const status = child.clone();
    for (const state of status.all("node_state")) {
      const resources = state.at("lrm", "lrm_resources");
      if (resources === undefined) continue;
      const kept = resources.children.filter((one) => {
        const id = one.get("id") ?? "";
        return !gone.has(id) && !made.has(id);
      });
      const probed = found.map((one) => history(one, state.get("uname") ?? ""));
      resources.children.splice(0, resources.children.length, ...kept, ...probed);
    }
    return status;
  });
  return new Cib(new XmlElement(root.name, root.attributes.slice(), children, root.text));
}

const transition = "5f1b1b7e-0000-4000-8000-000000000000";

/**
 * Where it runs a recurring monitor's record: of one that was probed only, the scheduler would compare digests of
 * parameters, which are not known here, and take them for changed. Elsewhere a probe's: expected 7, not running.
 */
function history({ resource, agent, node }: FoundRunning, here: string): XmlElement {
  const runs = node === here;
  const [code, interval] = runs ? [0, 10_000] : [7, 0];
  const record = xml("lrm_rsc_op", {
    id: runs ? `${resource}_monitor_${interval}` : `${resource}_last_0`,
    operation_key: `${resource}_monitor_${interval}`,
    operation: "monitor",
    "transition-key": `1:1:${code}:${transition}`,
    "transition-magic": `0:${code};1:1:${code}:${transition}`,
    "call-id": 1,
    "rc-code": code,
    "op-status": 0,
    interval,
    on_node: here,
    "exit-reason": "",
  });
  return xml("lrm_resource", { id: resource, ...agent }, [record]);
}

/** Whether the status of a node that is online still has a history of a resource. */
export function hasHistory(cib: Cib, resource: string): boolean {
  return cib.status
    .all("node_state")
    .some((state) =>
      (state.at("lrm", "lrm_resources")?.children ?? []).some((one) => one.get("id") === resource),
    );
}
