import { pastMigrations } from "../history/past-migrations.ts";
import type { ApiSources } from "./api-call.ts";

/** So many of the last migrations are looked at. */
const migrationCount = 1000;

/** How long VMs have taken to migrate, as all nodes know it, the latest last. */
export async function eventsPastMigrations(
  { events }: Pick<ApiSources, "events">,
  signal?: AbortSignal,
): Promise<ReturnType<typeof pastMigrations>> {
  const filter = { kind: "vm.migrated", limit: migrationCount };
  return pastMigrations((await events.report({ filter, from: undefined }, signal)).events);
}
