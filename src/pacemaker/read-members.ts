import type { XmlElement } from "../xml/element.ts";
import { integer, yes } from "./attribute-values.ts";
import type { ClusterStatus, ContainerStatus, NodeStatus, ResourceStatus } from "./status.ts";

/** The nodes and resources of a cluster, as Pacemaker's tools print them. */
export type Members = Pick<ClusterStatus, "nodes" | "resources" | "containers">;

/**
 * Reads nodes and resources: from the root of what crm_mon prints, or from `<cluster_status>` in what crm_simulate does.
 *
 * @param attributes The nodes' attributes, where they were asked for
 */
export function readMembers(
  parent: XmlElement,
  attributes: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(),
): Members {
  const resources: ResourceStatus[] = [];
  const containers: ContainerStatus[] = [];
  readResources(parent.child("resources"), [], resources, containers);
  const nodes = parent.child("nodes")?.all("node") ?? [];
  return { nodes: nodes.map((node) => readNode(node, attributes)), resources, containers };
}

const noAttributes: ReadonlyMap<string, string> = new Map();

function readNode(
  node: XmlElement,
  attributes: ReadonlyMap<string, ReadonlyMap<string, string>>,
): NodeStatus {
  const name = node.get("name") ?? "";
  const type = node.get("type") ?? "unknown";
  const guest = node.get("id_as_resource") ?? node.get("container_id");
  return {
    name,
    id: node.get("id") ?? "",
    type: guest !== undefined ? "guest" : type === "member" || type === "remote" ? type : "unknown",
    online: yes(node, "online"),
    standby: yes(node, "standby"),
    standbyOnFail: yes(node, "standby_onfail"),
    maintenance: yes(node, "maintenance"),
    pending: yes(node, "pending"),
    unclean: yes(node, "unclean"),
    shutdown: yes(node, "shutdown"),
    expectedUp: yes(node, "expected_up"),
    dc: yes(node, "is_dc"),
    health: node.get("health"),
    featureSet: node.get("feature_set"),
    resourcesRunning: integer(node.get("resources_running")) ?? 0,
    attributes: attributes.get(name) ?? noAttributes,
  };
}

function readResources(
  parent: XmlElement | undefined,
  inside: readonly string[],
  resources: ResourceStatus[],
  containers: ContainerStatus[],
): void {
  for (const element of parent?.children ?? []) {
    if (element.name === "resource") {
      resources.push(readResource(element, inside));
    } else if (element.name === "group" || element.name === "clone" || element.name === "bundle") {
      const id = element.get("id") ?? "";
      containers.push(readContainer(element, element.name, id));
      readResources(element, [...inside, id], resources, containers);
    } else if (element.name === "replica") {
      readResources(element, inside, resources, containers);
    }
  }
}

function readContainer(element: XmlElement, kind: ContainerStatus["kind"], id: string): ContainerStatus {
  return {
    id,
    kind,
    managed: element.get("managed") !== "false",
    disabled: yes(element, "disabled"),
    failed: yes(element, "failed"),
    promotable: yes(element, "multi_state"),
    unique: yes(element, "unique"),
  };
}

function readResource(element: XmlElement, inside: readonly string[]): ResourceStatus {
  const nodes: string[] = [];
  for (const child of element.children) if (child.name === "node") nodes.push(child.get("name") ?? "");
  return {
    id: element.get("id") ?? "",
    agent: element.get("resource_agent") ?? "",
    role: element.get("role") ?? "Unknown",
    targetRole: element.get("target_role"),
    active: yes(element, "active"),
    orphaned: yes(element, "orphaned"),
    blocked: yes(element, "blocked"),
    managed: element.get("managed") !== "false",
    maintenance: yes(element, "maintenance"),
    failed: yes(element, "failed"),
    failureIgnored: yes(element, "failure_ignored"),
    pending: element.get("pending"),
    lockedTo: element.get("locked_to"),
    nodes,
    inside,
  };
}
