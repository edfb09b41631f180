import type { HavenEvent } from "../contract/event.ts";

/** How long VMs have taken to migrate, from what the agents have told, the latest last. */
export function pastMigrations(
  events: readonly HavenEvent[],
): readonly { readonly vm: string; readonly seconds: number }[] {
  return events.flatMap(({ kind, vm, data = {} }) => {
    const { ms } = data;
    const operation = data.action ?? data.task;
    // migrate_to is the migration itself; migrate_from only looks at what has arrived.
    if (kind !== "vm.migrated" || vm === undefined || typeof ms !== "number" || ms <= 0) return [];
    return operation === undefined || operation === "migrate_to" ? [{ vm, seconds: ms / 1000 }] : [];
  });
}
