import { isHavenError } from "../base/errors.ts";
import type { Domain } from "../libvirt/types.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import type { Environment, LibvirtDriver } from "./environment.ts";

/** A domain as a node's libvirt has it. */
export interface FoundDomain {
  readonly node: string;
  readonly driver: LibvirtDriver;
  readonly domain: Domain;
  readonly active: boolean;
}

const timeoutMs = 10_000;

/** All domains of all nodes that are online, and the nodes whose libvirt did not answer. */
export async function findDomains(
  environment: Environment,
  status: ClusterStatus,
): Promise<{ readonly domains: readonly FoundDomain[]; readonly silent: readonly string[] }> {
  const nodes = status.nodes.filter((node) => node.online && node.type === "member").map(({ name }) => name);
  const domains: FoundDomain[] = [];
  const silent: string[] = [];
  const ask = async (node: string, driver: LibvirtDriver): Promise<void> => {
    const libvirt = await environment.libvirt(node, driver);
    for (const domain of await libvirt.connectListAllDomains(0, { timeoutMs })) {
      domains.push({ node, driver, domain, active: domain.id !== -1 });
    }
  };
  for (const node of nodes) {
    try {
      await ask(node, "qemu");
    } catch (error) {
      if (isHavenError(error, "interrupted")) throw error;
      silent.push(node);
      continue;
    }
    // A node without the driver for containers has none.
    await ask(node, "lxc").catch(() => undefined);
  }
  return { domains, silent };
}
