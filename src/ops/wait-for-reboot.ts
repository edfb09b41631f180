import type { bootMarker } from "./boot-marker.ts";
import type { Environment } from "./environment.ts";

const intervalMs = 1000;
/** One that was not seen to leave for so long may have left and come back unseen: its mark says. */
const unseenMs = 30_000;
/** A node that was told to restart stops its resources first, and may take long for its self-test. */
const returnMs = 30 * 60_000;
/** A server that is still there, not restarted, so long after it was told to. */
const refusedMs = 10 * 60_000;

/**
 * Waits until a node that was told to restart has done so and is back: online, seen by its peers, and its libvirt answers.
 *
 * @param marker Put on the node before it was told to
 * @returns undefined when it is back, else why not, read after its name
 */
export async function waitForReboot(
  environment: Environment,
  node: string,
  marker: Pick<ReturnType<typeof bootMarker>, "isThere">,
): Promise<string | undefined> {
  const { pacemaker, clock, signal } = environment;
  const began = clock.monotonic();
  let seenAway = false;
  for (;;) {
    const passed = clock.monotonic() - began;
    if (passed > returnMs) return `did not come back within ${returnMs / 60_000} min`;
    const [status, quorum] = await Promise.all([
      pacemaker
        .status({ signal, attributes: false, fenceHistory: "none", bans: false })
        .catch(() => undefined),
      pacemaker.quorum({ signal }).catch(() => undefined),
    ]);
    const now = status?.nodes.find(({ name }) => name === node);
    const isMember = quorum?.nodes.some(({ name }) => name === node) ?? true;
    const isBack = now?.online === true && !now.pending && !now.unclean && !now.shutdown && isMember;
    if (status !== undefined && !isBack) seenAway = true;
    if (isBack && (seenAway || passed > unseenMs)) {
      const stayed = await marker.isThere();
      if (stayed === false) return undefined;
      if (stayed === undefined) return "is back, and its libvirt does not answer";
      if (passed > refusedMs) return "was told to restart, and has not done so";
    }
    environment.progress(seenAway ? `Waiting for ${node} to come back` : `Waiting for ${node} to restart`);
    await clock.sleep(intervalMs, signal);
  }
}
