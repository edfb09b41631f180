import { common, flag, listOf, name, request, spec, specs } from "./request-fields.ts";

const { yes, dryRun, force } = common;

const vmName = name("the name of a VM");
const stopped = flag("New VMs are not started");
const path = name("a path").max(4096, { error: "a path" });

/** The bodies of requests that change what VMs there are and what they are. Imports zod: see request-fields.ts. */
export const vmDefinitionRequests = {
  addVms: request({ specs, stopped, dryRun, force, yes }),
  applyVms: request({
    ...{ specs, stopped, dryRun, force, yes },
    prune: flag("Remove the VMs that are not named; their disks are left alone"),
  }),
  editVm: request({ spec, dryRun, force, yes }),
  renameVm: request({ to: vmName.describe("The new name"), dryRun, force, yes }),
  cloneVm: request({
    ...{ to: vmName.describe("The new VM's name"), stopped, dryRun, yes },
    disks: listOf(path, "paths", { most: 64 })
      .optional()
      .describe("A path for each disk that the VM writes, in their order"),
    copyTo: path
      .optional()
      .describe("Instead of disks: copy them into this folder, or into logical volumes of /dev/GROUP"),
  }),
  revertVm: request({
    ...{ dryRun, force, yes },
    version: name("a version").optional().describe("The version; the one before unless given"),
    start: flag("Start a VM that is brought back"),
  }),
  removeVm: request({
    ...{ dryRun, force, yes },
    deleteDisks: flag("Delete the disks that are the VM's alone"),
    confirm: vmName.optional().describe("The VM's name again, where disks are to be deleted"),
  }),
  adoptVms: request({
    ...{ dryRun, yes },
    names: listOf(name("an id of a resource, or a domain"), "resources or domains", {
      least: 1,
      most: 1000,
    }).describe("Ids of resources, names or UUIDs of domains, patterns"),
    name: vmName.optional().describe("The VM's name; the domain's in small letters unless given"),
  }),
  giveBackVm: request({ dryRun, yes }),
  diffVms: request({ specs }),
} as const;
