import type { CorosyncConf } from "../pacemaker/corosync.ts";

/** What SBD's times are, all in seconds. */
export interface SbdTimes {
  /** A node that has not fed its watchdog for so long is reset. */
  readonly watchdog: number;
  /** How long a message on the disk may take until the node counts as dead. */
  readonly msgwait: number;
  /** Without a disk: how long after its loss a node counts as dead. */
  readonly stonithWatchdog: number;
  /** How long a node waits at boot before it joins. */
  readonly delayStart: number;
}

/**
 * Until SBD stops feeding the watchdog of a node that has lost the others: a second until Pacemaker has said so, three
 * for its timeout of an answer (SBD's -I), and one round of a second each of its two processes (sbd-inquisitor.c,
 * sbd-pacemaker.c). It does not grow with the watchdog's timeout, which is why twice that is too little for short ones:
 * measured with 5 s and token 1 s, a node that was cut off was reset 12.8 s after the cut.
 */
const noticeSeconds = 6;

/** How long a part of the cluster may wait for the quorum device's word: sync_timeout, corosync-qdevice(8). */
const quorumDeviceSeconds = 30;

/** corosync adds so much to the token for each node beyond two: token_coefficient, corosync.conf(5). */
const tokenPerNodeMs = 650;

/**
 * SBD's times for a watchdog's timeout and corosync's token.
 *
 * A node without a disk to read is dead when SBD has noticed and the watchdog has run off. The others count from when
 * they have lost it, and may have done so earlier by a token and a consensus (1.2 tokens). At least twice the
 * watchdog's timeout, which is what Pacemaker itself sets when it is told to choose (pacemaker-controld(7)).
 */
export function sbdTimes(
  watchdog: number,
  corosync: Pick<CorosyncConf, "tokenMs" | "nodes" | "quorumDevice">,
): SbdTimes {
  const tokenMs = corosync.tokenMs + tokenPerNodeMs * Math.max(0, corosync.nodes.length - 2);
  const asking = corosync.quorumDevice === undefined ? 0 : quorumDeviceSeconds;
  const views = (2.2 * tokenMs) / 1000 + asking;
  const msgwait = 2 * watchdog;
  const stonithWatchdog = Math.max(2 * watchdog, Math.ceil(watchdog + noticeSeconds + views));
  // A node that is back before the others hold it for dead would be shot again, or have them wait.
  const delayStart = Math.ceil(Math.max(msgwait, stonithWatchdog) + views) + 1;
  return { watchdog, msgwait, stonithWatchdog, delayStart };
}
