import { setPriority } from "node:os";
import { openHistory } from "../history/open-history.ts";
import { openEvents } from "./open-events.ts";

/** Takes the new configurations in, and ends. Called by `keepHistoryLater`. */
export async function keepHistory(): Promise<number> {
  // Nobody waits for it.
  setPriority(10);
  const store = await openHistory({ warn: (text) => process.stderr.write(`${text}\n`) });
  store.close();
  // Where no daemon does it, events do not pile up.
  openEvents().store.close();
  return 0;
}
