/** What a resource agent answers. Source: OCF Resource Agent API 1.1, section 5.3.2. */
export const ocf = {
  success: 0,
  /** Failed, or cannot know. */
  generic: 1,
  arguments: 2,
  unimplemented: 3,
  permission: 4,
  installed: 5,
  configured: 6,
  notRunning: 7,
} as const;

export type OcfCode = (typeof ocf)[keyof typeof ocf];

/** What an action of the agent found out: the exit code, and why. */
export interface Answer {
  readonly code: OcfCode;
  /** Said to people: logged, and with an error shown by crm_mon as the exit reason. */
  readonly reason?: string;
  /** The answer is success, yet something is not as it should be. */
  readonly warning?: boolean;
}

/** Everything is as it should be. */
export const done: Answer = { code: ocf.success };

/** It failed, or cannot be known. */
export function failed(reason: string): Answer {
  return { code: ocf.generic, reason };
}

/** It runs, with something to tell. */
export function warned(reason: string): Answer {
  return { code: ocf.success, reason, warning: true };
}

/**
 * Says the reason where Pacemaker picks it up: lines on standard error go to pacemaker.log, the last one that
 * begins with `ocf-exit-reason:` becomes the exit reason of the operation.
 */
export function report(answer: Answer, write: (text: string) => void): OcfCode {
  if (answer.reason === undefined) return answer.code;
  const reason = oneLine(answer.reason);
  if (answer.code === ocf.success) write(`${answer.warning === true ? "WARNING" : "INFO"}: ${reason}\n`);
  else if (answer.code === ocf.notRunning) write(`INFO: ${reason}\n`);
  else write(`ERROR: ${reason}\nocf-exit-reason:${reason}\n`);
  return answer.code;
}

/** Messages of libvirt and paths may hold anything: one line, printable, bounded. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 500);
}
