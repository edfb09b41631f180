import { useSyncExternalStore } from "react";

/** From here on PatternFly's page has its list of pages beside it. */
const wide = matchMedia("(min-width: 75rem)");

function subscribe(changed: () => void): () => void {
  wide.addEventListener("change", changed);
  return () => wide.removeEventListener("change", changed);
}

/** Whether there is room for the list of pages beside the page. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches);
}
