import { Button } from "@patternfly/react-core";
import CheckIcon from "@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon";
import CopyIcon from "@patternfly/react-icons/dist/esm/icons/rh-ui-copy-icon";
import { type ReactNode, useEffect, useState } from "react";

/** So long it is seen that it was copied, milliseconds. */
const seenMs = 2000;

type Copied = "no" | "yes" | "refused";

/** What the button says of itself. */
const says: Readonly<Record<Copied, string>> = {
  ...{ no: "Copy", yes: "Copied", refused: "The browser did not let it be copied: select it" },
};

/** A command as it is typed, and a button that copies it. */
export function CommandToCopy({ command }: { readonly command: string }): ReactNode {
  const [copied, setCopied] = useState<Copied>("no");
  useEffect(() => {
    if (copied === "no") return;
    const timer = setTimeout(() => setCopied("no"), seenMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    // Where the page is not of a secure origin there is no clipboard.
    const done = navigator.clipboard?.writeText(command) ?? Promise.reject(new Error("No clipboard"));
    done.then(
      () => setCopied("yes"),
      () => setCopied("refused"),
    );
  };
  return (
    <span className="haven-copy">
      <code>{command}</code>
      <Button
        variant="plain"
        size="sm"
        hasNoPadding
        aria-label={`${says[copied]}: ${command}`}
        title={says[copied]}
        icon={copied === "yes" ? <CheckIcon /> : <CopyIcon />}
        onClick={copy}
      />
      <span className="pf-v6-screen-reader" aria-live="polite">
        {copied === "no" ? "" : says[copied]}
      </span>
    </span>
  );
}
