export interface NextStepParts {
  readonly words: string;
  /** Something to type, where it is told. */
  readonly command: string | undefined;
}

const programs =
  "haven|crm|crm_resource|crm_attribute|crm_mon|pcs|systemctl|journalctl|virsh|corosync-[a-z]+|stonith_admin";
const pattern = new RegExp(`^(?:(.*): )?((?:${programs})(?: .*)?)$`);

/** Takes what to do next apart: the words before, and the command at the end. */
export function nextStepParts(text: string): NextStepParts {
  const [, words = "", command] = pattern.exec(text) ?? [];
  return command === undefined ? { words: text, command } : { words, command };
}
