import { createContext, useContext, useSyncExternalStore } from "react";
import type { PlannedAction } from "../actions/planned-action.ts";
import type { Session } from "../api/answers.ts";
import type { ApiClient } from "../api/api-client.ts";
import type { ClusterState } from "../store/cluster-state.ts";
import type { ClusterStore } from "../store/cluster-store.ts";
import type { Toasts } from "./toasts.ts";

/** What every page has at hand. */
export interface Console {
  readonly client: ApiClient;
  readonly store: ClusterStore;
  readonly toasts: Toasts;
  readonly session: Session;
  /** Shows what would follow, and does it when that is agreed to. */
  readonly plan: (actions: readonly PlannedAction[]) => void;
  readonly logOut: () => void;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  const console = useContext(ConsoleContext);
  if (console === undefined) throw new Error("Nobody is logged in");
  return console;
}

/** The cluster's state; who uses it is drawn again when it changes. */
export function useCluster(): ClusterState {
  const { store } = useConsole();
  return useSyncExternalStore(store.subscribe, store.state);
}
