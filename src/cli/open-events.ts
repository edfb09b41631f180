import { HavenError } from "../base/errors.ts";
import { eventsPath } from "../base/event-folders.ts";
import { makeEventFolders } from "../base/leave-event.ts";
import { takeSpooled } from "../history/event-spool.ts";
import { EventStore } from "../history/event-store.ts";

/** This node's history of events, into which what was left can be taken. */
export interface EventHistory {
  readonly store: EventStore;
  /** Takes in what was left since; without it nothing new is seen while no daemon runs. */
  takeIn(): void;
}

/**
 * Opens this node's history of events, with all that was left taken in. The caller closes the store.
 *
 * @throws HavenError not-root, events.unusable
 */
export function openEvents(): EventHistory {
  if (process.getuid?.() !== 0) throw new HavenError("not-root", { what: "Reading the history of events" });
  let store: EventStore | undefined;
  try {
    // Where they are missing the alert agent could leave nothing.
    makeEventFolders();
    store = EventStore.open(eventsPath);
    const history = historyOf(store);
    history.takeIn();
    return history;
  } catch (cause) {
    store?.close();
    throw unusable(cause);
  }
}

function historyOf(store: EventStore): EventHistory {
  return {
    store,
    takeIn() {
      try {
        const { taken } = takeSpooled(store);
        if (taken > 0) store.prune(Date.now());
      } catch (cause) {
        throw unusable(cause);
      }
    },
  };
}

function unusable(cause: unknown): HavenError {
  if (cause instanceof HavenError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HavenError("events.unusable", { path: eventsPath, why }, { cause });
}
