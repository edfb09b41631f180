import type { HealthCheck } from "../../contract/health-check.ts";
import type { NodeChecks } from "../../contract/node-checks.ts";

/** What a node has found; of one with an older Haven as much as that looked at, and that it is not all. */
export function healthOf({ node, health, storage, networks, versions }: NodeChecks): readonly HealthCheck[] {
  if (health !== undefined) return health;
  const old = [
    ...storage.map((one) => ({ ...one, id: "storage", subject: one.path })),
    ...networks.map((one) => ({ ...one, id: "network", subject: one.zone })),
  ];
  return [
    {
      ...{ id: "node.older", severity: "unknown" },
      text: `${node} runs Haven ${versions.haven ?? "of another version"}, which looks at storage and networks only`,
      ...{ expected: "the same version on all nodes", next: "Finish the upgrade" },
    },
    ...old.map(
      ({ id, subject, ok, text }): HealthCheck => ({ id, subject, severity: ok ? "ok" : "error", text }),
    ),
  ];
}
