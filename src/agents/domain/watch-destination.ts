import type { Libvirt } from "../../libvirt/client.ts";
import { connect } from "../../libvirt/connect.ts";

/**
 * How soon a destination that has died is noticed: Pacemaker does not fence it, and recovers none of its VMs, while
 * migrate_to is under way, and libvirt itself waits for half a minute and longer.
 */
const keepalive = { intervalMs: 1000, count: 4 } as const;
const reconnectMs = 3000;

/**
 * Keeps an eye on a node's libvirt until `stop` is called. A connection that is lost is made anew once: only when
 * that fails, too, the node counts as lost.
 */
export function watchDestination(uri: string, onLost: (why: string) => void): { stop(): void } {
  const state: { stopped: boolean; connection: Libvirt | undefined } = {
    stopped: false,
    connection: undefined,
  };
  const follow = async (): Promise<void> => {
    while (!state.stopped) {
      const connection = await connect(uri, { timeoutMs: reconnectMs, keepalive });
      state.connection = connection;
      if (state.stopped) return await connection.close();
      await connection.closed;
    }
  };
  follow().catch((error: unknown) => {
    if (!state.stopped) onLost(error instanceof Error ? error.message : String(error));
  });
  return {
    stop: () => {
      state.stopped = true;
      state.connection?.close().catch(() => undefined);
    },
  };
}
