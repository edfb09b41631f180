import { routePath } from "../actions/route-path.ts";

/**
 * Where the WebSocket of a VM's console or screen is opened.
 *
 * @param path As the route has it
 * @param flags Those that are set are in the query
 */
export function socketUrl(path: string, name: string, flags: Readonly<Record<string, boolean>> = {}): string {
  const url = new URL(routePath(path, name), location.href);
  url.protocol = "wss:";
  for (const [flag, isSet] of Object.entries(flags)) if (isSet) url.searchParams.set(flag, "true");
  return url.href;
}
