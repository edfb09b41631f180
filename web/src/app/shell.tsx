import { type ReactNode, Suspense, useCallback, useState } from "react";
import { Banners } from "../parts/banners.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageBoundary } from "../parts/page-boundary.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { Head } from "./head.tsx";
import { Link } from "./link.tsx";
import { PageList } from "./page-list.tsx";
import { pages } from "./pages.tsx";
import { usePlace } from "./router.ts";
import { ToastList } from "./toast-list.tsx";
import { useIsWide } from "./use-is-wide.ts";

const mainId = "main";
const listId = "page-sidebar";

/**
 * What is around every page: who is logged in, the cluster's health, and the way to the other pages. PatternFly's page as
 * it looks; its own one measures itself before the first picture, which then is laid out twice, and brings a drawer with
 * all that drawers need.
 */
export function Shell(): ReactNode {
  const { path } = usePlace();
  const isWide = useIsWide();
  // Where there is room the list of pages stands beside the page, elsewhere it is called.
  const [chosen, choose] = useState<{ readonly isOpen: boolean; readonly isWide: boolean }>();
  const isOpen = chosen?.isWide === isWide ? chosen.isOpen : isWide;
  const toggle = useCallback(() => choose({ isOpen: !isOpen, isWide }), [isOpen, isWide]);
  const close = useCallback(() => choose({ isOpen: false, isWide: false }), []);
  const page = pages.find((one) => one.parts(path) !== undefined);
  return (
    <div className="pf-v6-c-page">
      <div className="pf-v6-c-skip-to-content">
        <a href={`#${mainId}`} className="pf-v6-c-button pf-m-primary">
          <span className="pf-v6-c-button__text">Skip to the page</span>
        </a>
      </div>
      <Head isListOpen={isOpen} listId={listId} toggleList={toggle} />
      <PageList id={listId} path={path} isOpen={isOpen} close={isWide ? undefined : close} />
      <div className="pf-v6-c-page__main-container pf-m-fill">
        <main id={mainId} className="pf-v6-c-page__main" tabIndex={-1}>
          <Banners />
          <PageBoundary key={path}>
            <Suspense fallback={<Loading />}>
              {page === undefined ? <NoPage path={path} /> : page.show(page.parts(path) ?? "")}
            </Suspense>
          </PageBoundary>
          <ToastList />
        </main>
      </div>
    </div>
  );
}

function NoPage({ path }: { readonly path: string }): ReactNode {
  return (
    <QuickAlert isInline variant="warning" title={`There is no page ${path}`}>
      <Link to="/">To the cluster</Link>
    </QuickAlert>
  );
}
