import type { ReactNode } from "react";

/** What happens to resources that are no VMs. */
export function OtherLines({ lines }: { readonly lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <ul className="haven-small" aria-label="Other resources">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
