import { Bullseye, Spinner } from "@patternfly/react-core";
import type { ReactNode } from "react";

/** In the place of what is not known yet. */
export function Loading(): ReactNode {
  return (
    <Bullseye>
      <Spinner aria-label="Reading the cluster's state" />
    </Bullseye>
  );
}
