import { identityOf } from "../agents/domain/identity.ts";
import { readPolicies } from "../agents/domain/policies.ts";
import { Cib } from "../pacemaker/cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";

/** A VM of the cluster, as what happens to its domain is judged by. */
export interface DomainVm {
  readonly name: string;
  readonly resource: string;
  /** What becomes of it when its guest powers itself off. */
  readonly guestShutdown: "restart" | "stay-down";
}

/** Finds the VM whose domain has a UUID: a name alone is no proof. The configuration is parsed once for each version. */
export class VmsByDomain {
  #configuration: string | undefined;
  #vms: ReadonlyMap<string, DomainVm> = new Map();

  /** @returns undefined for a domain that is none of the cluster's, or whose XML is not in its configuration */
  find(configuration: string, uuid: string): DomainVm | undefined {
    if (configuration !== this.#configuration) {
      // A cluster of 400 VMs is not parsed for a domain that is not in it.
      if (!configuration.includes(uuid)) return undefined;
      this.#vms = vmsByUuid(configuration);
      this.#configuration = configuration;
    }
    return this.#vms.get(uuid);
  }
}

function vmsByUuid(configuration: string): ReadonlyMap<string, DomainVm> {
  const cib = Cib.parse(configuration);
  const found = new Map<string, DomainVm>();
  for (const { name, resource, element, xml } of vmsInCib(cib)) {
    const identity = xml === undefined ? undefined : identityOf(xml);
    if (typeof identity !== "object") continue;
    const parameters = cib.nvpairs(element, "instance_attributes");
    const env = Object.fromEntries([...parameters].map(([key, value]) => [`OCF_RESKEY_${key}`, value]));
    found.set(identity.uuid, { name, resource, guestShutdown: readPolicies({ env }).guestShutdown });
  }
  return found;
}
