import { systemClock } from "../../base/clock.ts";
import { printError } from "../../base/errors.ts";
import { cleanup, shutdownRecord } from "../pacemaker-record.ts";
import { nodeName, type Settings } from "./settings.ts";

/** The word that the agent is called with to tidy up after a guest that powered off. Pacemaker never says it. */
export const clearShutdownWord = "clear-shutdown";

const patienceMs = 5 * 60_000;

/**
 * A guest that powers off is no failure of its node: the failed monitor, which Pacemaker needed to see that the VM is
 * gone, is forgotten once it has been acted on. Otherwise the third time within ten minutes would keep the VM from the
 * node.
 */
export async function clearShutdown(settings: Settings, say: (text: string) => void): Promise<void> {
  const { instance } = settings;
  const node = nodeName(settings);
  const end = systemClock.monotonic() + patienceMs;
  while (systemClock.monotonic() < end) {
    await systemClock.sleep(1000);
    try {
      const { stopped, pending, failed } = await shutdownRecord(instance, node);
      if (pending || !stopped) continue;
      if (failed) await cleanup(instance, node);
      return say(`${instance}: it stays down, and nothing is left of it on ${node}`);
    } catch (error) {
      say(`${instance}: ${printError(error).replaceAll("\n", ";")}`);
    }
  }
}
