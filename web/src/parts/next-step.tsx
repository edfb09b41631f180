import { ClipboardCopy } from "@patternfly/react-core";
import type { ReactNode } from "react";

/** What to do next: a command to copy, or where to look. */
export function NextStep({ command }: { readonly command: string }): ReactNode {
  return /^(haven|crm|pcs|systemctl|journalctl|virsh|corosync|stonith_admin)\b/.test(command) ? (
    <ClipboardCopy isReadOnly variant="inline-compact" hoverTip="Copy" clickTip="Copied" isCode>
      {command}
    </ClipboardCopy>
  ) : (
    <span>{command}</span>
  );
}
