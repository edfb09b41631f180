import { domainState, errorCode } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import type { Environment, LibvirtDriver } from "./environment.ts";

/** A VM's domain as a node's libvirt has it. */
export interface Copy {
  readonly node: string;
  readonly state: number;
  readonly reason: number;
  /** False for what is left of a domain that does not run. */
  readonly active: boolean;
}

export interface Copies {
  readonly found: readonly Copy[];
  /** Nodes whose libvirt did not answer: nobody knows what runs there. */
  readonly unknown: readonly string[];
}

/** Asks the libvirt of each node for a domain. */
export async function findCopies(
  environment: Environment,
  uuid: string,
  nodes: readonly string[],
  driver: LibvirtDriver,
): Promise<Copies> {
  const found: Copy[] = [];
  const unknown: string[] = [];
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const libvirt = await environment.libvirt(node, driver);
        const domain = await libvirt.domainLookupByUUID(uuid, { timeoutMs: 5000 });
        const { state, reason } = await libvirt.domainGetState(domain, 0, { timeoutMs: 5000 });
        found.push({ node, state, reason, active: state !== domainState.shutoff });
      } catch (error) {
        if (!isNoDomain(error)) unknown.push(node);
      }
    }),
  );
  return { found, unknown };
}

/** libvirt says that there is no such domain. */
export function isNoDomain(error: unknown): boolean {
  return error instanceof LibvirtError && error.code === errorCode.noDomain;
}
