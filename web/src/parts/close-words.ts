import { consoleClose } from "../../../src/contract/console-close.ts";

const words: Readonly<Record<number, string>> = {
  1000: "The console was closed",
  1001: "The node's daemon has ended: connect again",
  1006: "The connection was lost: connect again",
  [consoleClose.stopped]: "The VM is stopped",
  [consoleClose.removed]: "The VM was removed",
  [consoleClose.again]: "The guest has moved or was started anew: connect again",
  [consoleClose.refused]: "The VM's state does not allow it, or another session has the console",
  [consoleClose.revoked]: "The session has ended, or its role is too small now",
  [consoleClose.failed]: "Something that is needed does not answer",
  [consoleClose.tooMuch]: "More was sent than the guest takes",
};

/** Why a console has closed, in words: the daemon's reason, or what its code means. */
export function closeWords(code: number, reason: string): string {
  return reason === "" ? (words[code] ?? `The connection was closed with ${code}`) : reason;
}
