import { useSyncExternalStore } from "react";
import { wideScreen } from "./wide-screen.ts";

function subscribe(changed: () => void): () => void {
  wideScreen.addEventListener("change", changed);
  return () => wideScreen.removeEventListener("change", changed);
}

/** Whether there is room for the list of pages beside the page. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => wideScreen.matches);
}
