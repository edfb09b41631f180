import { type ApiRoute, begun, list, object, vmName } from "./api-route.ts";

/** What the API has of VMs. */
export const vmRoutes = {
  getVms: {
    ...{ method: "GET", path: "/v1/vms", role: "viewer", command: ["vm", "list"] },
    summary: "The VMs: state and node",
    answer: { description: "As haven vm list --json", schema: list },
  },
  getVm: {
    ...{ method: "GET", path: "/v1/vms/{name}", role: "viewer", command: ["vm", "show"] },
    summary: "One VM, with its specification",
    parameters: [vmName],
    answer: {
      description: "As in the list, with spec where it has one; etag is that of its definition",
      schema: object,
    },
  },
  getVmDetails: {
    ...{ method: "GET", path: "/v1/vms/{name}/details", role: "viewer", command: ["vm", "show"] },
    summary: "Everything about a VM: in the configuration, in the cluster, in libvirt on its nodes",
    parameters: [vmName],
    answer: { description: "As the one of haven vm show --json", schema: object },
  },
  startVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/start", role: "operator", command: ["vm", "start"] },
    ...{ summary: "Start a VM, and wait until it runs", parameters: [vmName], answer: begun },
  },
  stopVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/stop", role: "operator", command: ["vm", "stop"] },
    ...{ summary: "Stop a VM, and wait until it is stopped", parameters: [vmName], answer: begun },
  },
  restartVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/restart", role: "operator", command: ["vm", "restart"] },
    ...{ summary: "Stop a VM in good order, and start it again", parameters: [vmName], answer: begun },
  },
  moveVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/move", role: "operator", command: ["vm", "move"] },
    ...{ summary: "Migrate a VM live to another node", parameters: [vmName], answer: begun },
  },
  resetVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/reset", role: "operator", command: ["vm", "reset"] },
    ...{ summary: "Reset a VM, as its reset button would", parameters: [vmName], answer: begun },
  },
  pauseVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/pause", role: "operator", command: ["vm", "pause"] },
    ...{ summary: "Have the processors of a VM stand still", parameters: [vmName], answer: begun },
  },
  resumeVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/resume", role: "operator", command: ["vm", "resume"] },
    ...{ summary: "Have a paused VM go on", parameters: [vmName], answer: begun },
  },
  cleanupVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/cleanup", role: "operator", command: ["vm", "cleanup"] },
    ...{
      summary: "Forget a VM's failures, so that the cluster tries again",
      parameters: [vmName],
      answer: begun,
    },
  },
  manageVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/manage", role: "operator", command: ["vm", "manage"] },
    ...{ summary: "Have the cluster take care of a VM again", parameters: [vmName], answer: begun },
  },
  unmanageVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/unmanage", role: "operator", command: ["vm", "unmanage"] },
    ...{
      summary: "Have the cluster leave a VM alone: not watched over, not moved, not stopped",
      parameters: [vmName],
      answer: begun,
    },
  },
  preferVm: {
    ...{ method: "POST", path: "/v1/vms/{name}/prefer", role: "operator", command: ["vm", "prefer"] },
    ...{
      summary: "Say on which nodes a VM should rather run; nothing moves because of it",
      parameters: [vmName],
      answer: begun,
    },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
