import { vmNameOf } from "../vm/names.ts";

/** Commands that undo what keeps a resource somewhere, or off a node. */
export const undo = {
  /** A constraint that counts for a resource. What a VM's specification has made is changed there. */
  constraint(resource: string, id: string): string {
    const name = vmNameOf(resource);
    return name !== undefined && id.startsWith(`${resource}.`)
      ? `haven vm edit ${name}`
      : `pcs constraint delete ${id}`;
  },
  /** The failures of a resource. */
  failures(resource: string): string {
    const name = vmNameOf(resource);
    return name === undefined ? `crm_resource --cleanup --resource ${resource}` : `haven vm cleanup ${name}`;
  },
  /** A resource's wish: its size, its priority. */
  wish(resource: string, set: "utilization" | "meta", name: string): string {
    const vm = vmNameOf(resource);
    return vm === undefined ? `pcs resource ${set} ${resource} ${name}=VALUE` : `haven vm edit ${vm}`;
  },
} as const;
