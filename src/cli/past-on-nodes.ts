import { pastMigrations } from "../history/past-migrations.ts";
import { lastMigrations } from "./last-events.ts";

/** Asks the nodes' histories, when it is called, how long migrations have taken. */
export function pastOnNodes(signal: AbortSignal) {
  return async () => pastMigrations(await lastMigrations(signal));
}
