import { type ApiParameter, type ApiRoute, begun, list, object, text, vmName } from "./api-route.ts";

const version: ApiParameter = {
  ...{ name: "version", in: "path", schema: text, description: "The version's number" },
};
const yaml = { type: "application/yaml", schema: text } as const;

/** What the API has of what VMs are, and were. */
export const vmDefinitionRoutes = {
  addVms: {
    ...{ method: "POST", path: "/v1/vms", role: "admin", command: ["vm", "add"] },
    ...{ summary: "Add VMs from specifications, and start them", answer: begun },
  },
  applyVms: {
    ...{ method: "PUT", path: "/v1/vms", role: "admin", command: ["vm", "apply"] },
    ...{ summary: "Make the cluster have the VMs that specifications say", answer: begun },
  },
  editVm: {
    ...{ method: "PUT", path: "/v1/vms/{name}", role: "admin", command: ["vm", "edit"], ifMatch: true },
    ...{ summary: "Make a VM what a specification says", parameters: [vmName], answer: begun },
  },
  renameVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/rename", role: "admin", command: ["vm", "rename"] },
    ...{ summary: "Give a VM that is stopped another name", parameters: [vmName], answer: begun },
  },
  cloneVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/clone", role: "admin", command: ["vm", "clone"] },
    summary: "Add a VM with the specification of another one, and disks of its own",
    ...{ parameters: [vmName], answer: begun },
  },
  revertVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/revert", role: "admin", command: ["vm", "revert"] },
    summary: "Make a VM what it was at a version, also one that was removed",
    ...{ parameters: [vmName], answer: begun },
  },
  removeVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/remove", role: "admin", command: ["vm", "remove"] },
    summary: "Stop a VM, and take it out of the cluster; disks are left alone",
    ...{ parameters: [vmName], answer: begun },
  },
  getAdoptable: {
    ...{ method: "GET", path: "/v1/adopt", role: "admin", command: ["vm", "adopt"] },
    summary: "What could be adopted: VMs of other agents, or of nobody",
    answer: { description: "As haven vm adopt --list --json", schema: list },
  },
  adoptVms: {
    ...{ method: "POST", path: "/v1/adopt", role: "admin", command: ["vm", "adopt"] },
    summary: "Take over VMs of other agents, or of nobody, without stopping them",
    answer: begun,
  },
  giveBackVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/give-back", role: "admin", command: ["vm", "adopt"] },
    summary:
      "Give an adopted VM back to the resource that it had, while it runs; on the node that adopted it",
    ...{ parameters: [vmName], answer: begun },
  },
  exportVms: {
    ...{ method: "GET", path: "/v1/export", role: "viewer", command: ["vm", "export"] },
    summary: "The specifications of all VMs as YAML",
    answer: { description: "As haven vm export --all", ...yaml },
  },
  exportVm: {
    ...{ method: "GET", path: "/v1/vms/{name}/export", role: "viewer", command: ["vm", "export"] },
    ...{ summary: "The specification of a VM as YAML", parameters: [vmName] },
    answer: { description: "As haven vm export", ...yaml },
  },
  diffVms: {
    // Its checks look at paths and resolve names as the node's root: on a node that is no more than the caller can do.
    ...{ method: "POST", path: "/v1/diff", role: "admin", command: ["vm", "diff"] },
    summary: "In what specifications differ from the cluster's; changes nothing",
    answer: { description: "As haven vm diff FILE --json", schema: list },
  },
  diffVm: {
    ...{ method: "GET", path: "/v1/vms/{name}/diff", role: "viewer", command: ["vm", "diff"] },
    summary: "Where a VM's domain is not what its specification gives, and what waits for its next start",
    parameters: [
      vmName,
      {
        ...{ name: "version", in: "query", schema: text },
        description: "Instead: what going back to that version would change",
      },
    ],
    answer: { description: "As haven vm diff --json", schema: list },
  },
  getVmVersions: {
    ...{ method: "GET", path: "/v1/vms/{name}/versions", role: "viewer", command: ["vm", "versions"] },
    summary: "The versions of a VM's definition that this node knows, also of one that was removed",
    ...{ parameters: [vmName], answer: { description: "As haven vm versions --json", schema: list } },
  },
  getVmVersion: {
    ...{ method: "GET", path: "/v1/vms/{name}/versions/{version}", role: "viewer" },
    command: ["vm", "versions"],
    summary: "One version of a VM's definition",
    parameters: [vmName, version],
    answer: { description: "As haven vm versions --show --json", schema: object },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
