import type { HealthCheck } from "../../contract/health-check.ts";
import type { NodeChecks } from "../../contract/node-checks.ts";

/** File systems that are the same from wherever they are seen. */
const shared = /^(nfs|cifs|smb|ceph|fuse\.(ceph|glusterfs)|gfs2|ocfs2|lustre|9p)/;

/** What matters where versions differ, and how much. */
const compared: Readonly<Record<string, string>> = {
  haven: "older ones do not know what newer ones write",
  pacemaker: "the newer ones' features are not used until all have them",
  corosync: "finish the upgrade",
  libvirt: "a guest that was started by a newer one may not migrate to an older one",
  qemu: "a guest that was started by a newer one may not migrate to an older one",
};

/** What differs between nodes that should be the same: versions, and what is mounted. Pure. */
export function acrossNodes(nodes: readonly NodeChecks[]): readonly HealthCheck[] {
  if (nodes.length < 2) return [];
  return [...versionHealth(nodes), ...mountHealth(nodes)];
}

function versionHealth(nodes: readonly NodeChecks[]): readonly HealthCheck[] {
  const found = Object.entries(compared).flatMap(([program, why]): readonly HealthCheck[] => {
    const by = Map.groupBy(nodes, ({ versions }) => versions[program] ?? "none");
    if (by.size < 2) return [];
    const text = [...by].map(([version, on]) => `${program} ${version} on ${namesOf(on)}`).join(", ");
    const expected = "the same version on all nodes";
    const next = `Finish the upgrade: ${why}`;
    return [{ id: "versions", severity: "warning", subject: program, text, expected, next }];
  });
  if (found.length > 0) return found;
  return [
    { id: "versions", severity: "ok", text: `${Object.keys(compared).join(", ")} are the same on all nodes` },
  ];
}

function mountHealth(nodes: readonly NodeChecks[]): readonly HealthCheck[] {
  const places = new Set(nodes.flatMap(({ storage }) => storage.map(({ path }) => path)));
  return [...places].flatMap((path): readonly HealthCheck[] => {
    const seen = nodes.flatMap((node) => {
      const mount = node.storage.find((one) => one.path === path)?.mount;
      if (mount === undefined) return [];
      const isShared = shared.test(mount.kind);
      return [{ node, isShared, word: isShared ? `${mount.kind} ${mount.source}` : "a disk of its own" }];
    });
    const by = [...Map.groupBy(seen, ({ word }) => word)].sort(([, a], [, b]) => b.length - a.length);
    if (by.length < 2) return [];
    return [
      {
        // One server may be known by several addresses.
        ...{ id: "storage.same", severity: seen.every(({ isShared }) => isShared) ? "warning" : "error" },
        subject: path,
        text: by.map(([word, on]) => `${word} on ${namesOf(on.map(({ node }) => node))}`).join(", "),
        expected: "the same on all nodes: VMs start and migrate anywhere",
        next: `findmnt --target ${path}`,
      },
    ];
  });
}

function namesOf(nodes: readonly NodeChecks[]): string {
  return nodes.map(({ node }) => node).join(", ");
}
