import { statSync } from "node:fs";
import { printError } from "../../base/errors.ts";
import { run, spawnDetached } from "../../base/exec.ts";
import { type Answer, ocf } from "../ocf.ts";
import { clearShutdownWord } from "./clear-shutdown.ts";
import type { Identity } from "./identity.ts";
import { guestDid, readLastEnd } from "./last-end.ts";
import { runFolder } from "./record.ts";
import type { Settings } from "./settings.ts";

/** What a test replaces. */
export interface ShutdownOptions {
  /** Where libvirt's log of the domain is. */
  readonly logFolder?: string;
  /** Starts what tidies up once Pacemaker has acted. */
  readonly tidyUp?: () => void;
}

/**
 * A domain that ran here is gone, and its policy is to stay down when its guest powered itself off: then the cluster is
 * told to leave it stopped, before it hears that the VM is gone. Without certain evidence, or when the cluster cannot
 * be told, the VM is started again, as any other.
 *
 * @param gone What the monitor answers otherwise
 */
export async function afterGuestShutdown(
  settings: Settings,
  identity: Identity,
  gone: Answer,
  options: ShutdownOptions = {},
): Promise<Answer> {
  if (!shutItselfDown(settings, identity, options.logFolder)) return gone;
  const words = ["--meta", "--set-parameter", "target-role", "--parameter-value", "Stopped"];
  try {
    const timeoutMs = settings.deadline.share(0.5, 10_000);
    await run(["crm_resource", "--resource", settings.instance, ...words], { timeoutMs });
  } catch (error) {
    const why = printError(error).replaceAll("\n", ";");
    const reason = `the guest has powered off, and the cluster cannot be told to leave it so: ${why}`;
    return { code: ocf.notRunning, reason };
  }
  try {
    settings.record.note("monitor", "its guest has powered off, and it stays down by its policy");
    (options.tidyUp ?? tidyUpLater)();
  } catch {
    // Only the failed monitor is seen for longer.
  }
  return { code: ocf.notRunning, reason: "the guest has powered off: it stays down by its policy" };
}

function tidyUpLater(): void {
  spawnDetached([process.argv0, clearShutdownWord], { outputFile: `${runFolder}/shutdowns.log` });
}

/**
 * By the domain's log its guest powered off, in the run that this node has started or taken over: that was written down
 * when it ran, and is forgotten by a stop and by the node's boot.
 */
function shutItselfDown({ record }: Settings, identity: Identity, logFolder: string | undefined): boolean {
  const kept = record.read();
  if (kept?.uuid !== identity.uuid) return false;
  const end = readLastEnd(kept.name, logFolder);
  if (end === undefined || !guestDid(end)) return false;
  const since = statSync(record.file, { throwIfNoEntry: false })?.mtimeMs;
  return since !== undefined && end.at >= Math.floor(since);
}
