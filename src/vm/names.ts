/** The id of a VM's resource. */
export function resourceId(name: string): string {
  return `vm-${name}`;
}

/** The VM's name for the id of its resource, undefined for a resource that is none of a VM. */
export function vmNameOf(resource: string): string | undefined {
  return resource.startsWith("vm-") && resource.length > 3 ? resource.slice(3) : undefined;
}
