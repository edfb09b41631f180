import type { ReactNode } from "react";

/** All that a page shows. PatternFly's section as it looks; its own brings the styles of drawers and toolbars with it. */
export function PageSection({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <section className="pf-v6-c-page__main-section pf-m-fill">
      <div className="pf-v6-c-page__main-body">{children}</div>
    </section>
  );
}
