import { identityOf } from "../agents/domain/identity.ts";
import { readPolicies } from "../agents/domain/policies.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";

/** A VM of the cluster, as what happens to its domain and what its guest says is judged by. */
export interface ClusterVm {
  readonly name: string;
  readonly resource: string;
  /** Of its domain; undefined where the configuration does not hold its XML. */
  readonly uuid: string | undefined;
  /** What becomes of it when its guest powers itself off. */
  readonly guestShutdown: "restart" | "stay-down";
  readonly spec: ResolvedSpec | undefined;
}

/** The VMs of the cluster's configuration, which is parsed once for each version. */
export class ClusterVms {
  #configuration: string | undefined;
  #vms: readonly ClusterVm[] = [];

  /**
   * The VM whose domain has a UUID: a name alone is no proof.
   *
   * @returns undefined for a domain that is none of the cluster's, or whose XML is not in its configuration
   */
  find(configuration: string, uuid: string): ClusterVm | undefined {
    // A cluster of 400 VMs is not parsed for a domain that is not in it.
    if (!configuration.includes(uuid)) return undefined;
    return this.all(configuration).find((vm) => vm.uuid === uuid);
  }

  all(configuration: string): readonly ClusterVm[] {
    if (configuration !== this.#configuration) {
      this.#vms = vmsOf(configuration);
      this.#configuration = configuration;
    }
    return this.#vms;
  }
}

function vmsOf(configuration: string): readonly ClusterVm[] {
  const cib = Cib.parse(configuration);
  return vmsInCib(cib).map(({ name, resource, element, xml, spec }) => {
    const identity = xml === undefined ? undefined : identityOf(xml);
    const parameters = cib.nvpairs(element, "instance_attributes");
    const env = Object.fromEntries([...parameters].map(([key, value]) => [`OCF_RESKEY_${key}`, value]));
    return {
      ...{ name, resource, spec },
      uuid: typeof identity === "object" ? identity.uuid : undefined,
      guestShutdown: readPolicies({ env }).guestShutdown,
    };
  });
}
