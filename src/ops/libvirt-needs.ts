import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import type { Environment } from "./environment.ts";
import type { FieldProblem } from "./vm-plan.ts";

/** The first libvirt that keeps a TPM's state where it is told to; others say nothing and keep it on the node. */
const tpmStateVersion = 10_010_000;

/**
 * What a VM needs of libvirt that the libvirt of a node has not got, where that would pass unseen.
 *
 * @throws HavenError libvirt.* when a node that is online does not answer
 */
export async function libvirtNeeds(
  environment: Environment,
  { tpm }: ResolvedSpec,
): Promise<readonly FieldProblem[]> {
  if (!environment.isLive || tpm?.enabled !== true || (tpm.state ?? "libvirt") === "libvirt") return [];
  const { signal } = environment;
  const { nodes } = await environment.pacemaker.status({ signal, fenceHistory: "none" });
  const online = nodes.filter((node) => node.online && node.type === "member").map(({ name }) => name);
  const versions = await Promise.all(
    online.map(async (node) => {
      const libvirt = await environment.libvirt(node);
      return { node, version: await libvirt.connectGetLibVersion() };
    }),
  );
  return tooOldForTpm(versions);
}

/** Nodes whose libvirt would keep a TPM's state on the node. */
export function tooOldForTpm(
  nodes: readonly { readonly node: string; readonly version: number }[],
): readonly FieldProblem[] {
  return nodes
    .filter(({ version }) => version < tpmStateVersion)
    .map(({ node, version }) => ({
      path: ["tpm", "state"],
      what: `expected libvirt 10.10 or later on every node, found ${versionText(version)} on ${node}, which would keep the state there: mount shared storage at /var/lib/libvirt/swtpm on all nodes, and say state: libvirt`,
    }));
}

/** 9.0.0 for 9000000. */
function versionText(version: number): string {
  return [version / 1_000_000, (version / 1000) % 1000, version % 1000].map(Math.floor).join(".");
}
