import {
  Alert,
  AlertActionCloseButton,
  AlertGroup,
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
} from "@patternfly/react-core";
import MoonIcon from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import SunIcon from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import { type ReactNode, Suspense, useState, useSyncExternalStore } from "react";
import { Banners } from "../parts/banners.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageBoundary } from "../parts/page-boundary.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { useCluster, useConsole } from "./console-context.ts";
import { followLink, Link } from "./link.tsx";
import { pages } from "./pages.tsx";
import { usePlace } from "./router.ts";
import { isDark, setDark } from "./theme.ts";

const mainId = "main";

/** What is around every page: who is logged in, the cluster's health, and the way to the other pages. */
export function Shell(): ReactNode {
  const { path } = usePlace();
  const page = pages.find((one) => one.parts(path) !== undefined);
  return (
    <Page
      isManagedSidebar
      isContentFilled
      mainContainerId={mainId}
      masthead={<Head />}
      sidebar={<Side path={path} />}
      skipToContent={<SkipToContent href={`#${mainId}`}>Skip to the page</SkipToContent>}
    >
      <Banners />
      <PageBoundary key={path}>
        <Suspense fallback={<Loading />}>
          {page === undefined ? <NoPage path={path} /> : page.show(page.parts(path) ?? "")}
        </Suspense>
      </PageBoundary>
      <ToastGroup />
    </Page>
  );
}

function Head(): ReactNode {
  const { session, logOut } = useConsole();
  const { status, connection } = useCluster();
  const [dark, setDarkHere] = useState(isDark);
  const toggle = (): void => {
    setDark(!dark);
    setDarkHere(!dark);
  };
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation" />
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/" className="haven-brand">
            <span className="haven-name">Haven</span>
            <span className="haven-cluster">{status?.cluster.name ?? ""}</span>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="haven-head">
          <Health isLive={connection === "live"} />
          <span className="haven-who">
            {session.name} <QuickLabel isCompact>{session.role}</QuickLabel>
          </span>
          <Button
            variant="plain"
            aria-label={dark ? "Light colours" : "Dark colours"}
            icon={dark ? <SunIcon /> : <MoonIcon />}
            onClick={toggle}
          />
          {session.by === "session" ? (
            <Button variant="link" isInline onClick={logOut}>
              Log out
            </Button>
          ) : null}
        </div>
      </MastheadContent>
    </Masthead>
  );
}

function Health({ isLive }: { readonly isLive: boolean }): ReactNode {
  const { status } = useCluster();
  if (status === undefined) return <QuickLabel>Asking</QuickLabel>;
  if (!isLive) return <QuickLabel status="warning">Not current</QuickLabel>;
  const errors = status.problems.filter(({ severity }) => severity === "error").length;
  const warnings = status.problems.length - errors;
  if (!status.healthy) return <QuickLabel status="danger">{counted(errors, "problem")}</QuickLabel>;
  return warnings === 0 ? (
    <QuickLabel status="success">Healthy</QuickLabel>
  ) : (
    <QuickLabel status="warning">{counted(warnings, "warning")}</QuickLabel>
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function Side({ path }: { readonly path: string }): ReactNode {
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {pages
              .filter(({ title }) => title !== undefined)
              .map(({ title, href, parts, isOf }) => (
                <NavItem
                  key={href}
                  to={href}
                  isActive={parts(path) !== undefined || isOf?.(path) === true}
                  onClick={(event) => followLink(event as never, href)}
                >
                  {title}
                </NavItem>
              ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

function NoPage({ path }: { readonly path: string }): ReactNode {
  return (
    <Alert isInline variant="warning" title={`There is no page ${path}`}>
      <Link to="/">To the cluster</Link>
    </Alert>
  );
}

function ToastGroup(): ReactNode {
  const { toasts } = useConsole();
  const list = useSyncExternalStore(toasts.subscribe, toasts.list);
  return (
    <AlertGroup isToast isLiveRegion hasAnimations={false}>
      {list.map(({ id, variant, title, text }) => (
        <Alert
          key={id}
          variant={variant}
          title={title}
          actionClose={<AlertActionCloseButton title={title} onClose={() => toasts.close(id)} />}
        >
          {text}
        </Alert>
      ))}
    </AlertGroup>
  );
}
