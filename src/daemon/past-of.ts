import { pastMigrations } from "../history/past-migrations.ts";
import type { ApiCall, ApiSources } from "./api-call.ts";

/** So many of the last migrations are looked at. */
const migrationCount = 1000;

/** Asks the nodes' histories, when it is called, how long migrations have taken. */
export function pastOf(events: ApiSources["events"], { signal }: Pick<ApiCall, "signal">) {
  const filter = { kind: "vm.migrated", limit: migrationCount };
  return async () => pastMigrations((await events.report({ filter, from: undefined }, signal)).events);
}
