import { closeSync, constants, existsSync, openSync, readSync } from "node:fs";
import { run } from "../base/exec.ts";
import { hasPower, isNodeOn } from "./node-process.ts";
import { readIfThere } from "./process.ts";
import type { LabNode } from "./settings.ts";
import { WatchdogTimer } from "./watchdog-timer.ts";

const tickMs = 100;

export interface Watchdog {
  close(): Promise<void>;
}

export interface WatchdogOptions {
  readonly node: LabNode;
  readonly timeoutMs: number;
  /** Kills the node and boots it again, unless its power is off. */
  reset(): Promise<boolean>;
  say(text: string): void;
}

/**
 * A node's watchdog: the pipe that is bound to /dev/watchdog in the node, read from outside it, so that a node that
 * hangs does not hold up its own watchdog. Bytes are the protocol of the kernel's watchdogs
 * (Documentation/watchdog/watchdog-api.rst): any byte starts and feeds it, 'V' as the last one before the end stops it.
 * The timeout cannot be set from within: a pipe knows no ioctl, so SBD needs its option -T.
 *
 * It also boots a node again that has ended itself by reboot(2) while its watchdog ran: a lab's nodes have no firmware
 * that would.
 */
export async function startWatchdog(options: WatchdogOptions): Promise<Watchdog> {
  const { node, timeoutMs, say } = options;
  const path = `${node.dir}/watchdog`;
  if (!existsSync(path)) {
    await run(["mkdir", "-p", node.dir]);
    await run(["mkfifo", "--mode=0600", path]);
  }
  // For writing too: so it is never at its end, and whoever opens it never waits.
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const timer = new WatchdogTimer(timeoutMs);
  let work: Promise<void> | undefined;

  const reset = async (why: string): Promise<void> => {
    say(`${node.name} ${why}: its watchdog resets it`);
    try {
      if (!(await options.reset())) say(`${node.name} has no power`);
    } catch (error) {
      say(`${node.name} could not be reset: ${error instanceof Error ? error.message : String(error)}`);
    }
    // What the node that is gone has left in the pipe feeds nobody.
    readPipe(pipe);
    timer.stop();
  };
  const tick = (): void => {
    if (work !== undefined) return;
    const verdict = timer.tick({
      bytes: readPipe(pipe),
      life: readIfThere(`${node.dir}/pid`),
      ended: hasPower(node) && !isNodeOn(node),
      now: performance.now(),
    });
    if (verdict === undefined) return;
    // The machine's emergency key 'o' is "power off".
    if (verdict === "ended" && readIfThere(`${node.dir}/keys-sysrq-trigger`)?.endsWith("o") === true) return;
    const why = verdict === "ended" ? "has ended itself" : `has not fed it for ${timeoutMs / 1000} s`;
    work = reset(why).finally(() => {
      work = undefined;
    });
  };
  const interval = setInterval(tick, tickMs);
  return {
    async close() {
      clearInterval(interval);
      await work;
      closeSync(pipe);
    },
  };
}

/** What is in the pipe now. */
function readPipe(pipe: number): Uint8Array {
  const buffer = new Uint8Array(4096);
  try {
    return buffer.subarray(0, readSync(pipe, buffer));
  } catch (error) {
    // Nothing is in it.
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return buffer.subarray(0, 0);
    throw error;
  }
}
