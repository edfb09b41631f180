import { printError } from "../../base/errors.ts";

export interface KeepAbortingOptions {
  /** Asks libvirt to abort the job. */
  readonly abort: () => Promise<void>;
  readonly say: (text: string) => void;
  /** From the end of one try to the next, default a second. */
  readonly intervalMs?: number;
}

/**
 * Has a migration aborted until it has ended, which whoever calls this says. Once is not enough: libvirt hands an abort on
 * to a QEMU that has not begun to send, which answers that all is well and begins then (seen with libvirt 11.3 and
 * QEMU 10.0).
 *
 * @returns ends it
 */
export function keepAborting({ abort, say, intervalMs = 1000 }: KeepAbortingOptions): () => void {
  let ended = false;
  let told = "";
  let timer: Timer | undefined;
  const once = async (): Promise<void> => {
    try {
      await abort();
    } catch (error) {
      const why = printError(error).replaceAll("\n", ";");
      if (!ended && why !== told) say(`it could not be aborted: ${why}`);
      told = why;
    }
    if (!ended) timer = setTimeout(() => void once(), intervalMs);
  };
  void once();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
