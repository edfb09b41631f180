import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import type { ReactNode } from "react";

/** A part of a page about one thing, with its title. */
export function Part({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Card isCompact>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
