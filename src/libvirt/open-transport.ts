import type { Transport, TransportEvents } from "./transport.ts";
import { openUnix } from "./transport-unix.ts";
import type { Target } from "./uri.ts";

/** Connects as the target says. @throws HavenError libvirt.unreachable, interrupted */
export async function openTransport(
  target: Target,
  events: TransportEvents,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Transport> {
  const { transport, uri } = target;
  if (transport.kind === "unix") return await openUnix(uri, transport.paths, events, options);
  // TLS is not on the agents' way to the local daemon: loaded when it is used.
  const { openTls } = await import("./transport-tls.ts");
  return await openTls(uri, transport, events, options);
}
