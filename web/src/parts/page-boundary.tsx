import { Button } from "@patternfly/react-core";
import { Component, type ReactNode } from "react";
import { QuickAlert } from "./quick-alert.tsx";

interface PageBoundaryState {
  readonly failure: string | undefined;
}

/** Says so where a page could not be loaded or drawn: the node may be away, or have another version now. The rest stays. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, PageBoundaryState> {
  override state: PageBoundaryState = { failure: undefined };

  static getDerivedStateFromError(error: unknown): PageBoundaryState {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return (
      <QuickAlert
        isInline
        variant="danger"
        title="This page could not be shown"
        actionLinks={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        {failure}
      </QuickAlert>
    );
  }
}
