import { Button } from "@patternfly/react-core";
import MoonIcon from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import SunIcon from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import { type ReactNode, useState } from "react";
import { QuickLabel } from "../parts/quick-label.tsx";
import { useCluster, useConsole } from "./console-context.ts";
import { Link } from "./link.tsx";
import { isDark, setDark } from "./theme.ts";

interface HeadProps {
  readonly isListOpen: boolean;
  readonly listId: string;
  readonly toggleList: () => void;
}

/** The bar above every page. */
export function Head({ isListOpen, listId, toggleList }: HeadProps): ReactNode {
  const { session, logOut } = useConsole();
  const { status, connection } = useCluster();
  const [dark, setDarkHere] = useState(isDark);
  const toggle = (): void => {
    setDark(!dark);
    setDarkHere(!dark);
  };
  return (
    <header className="pf-v6-c-masthead">
      <div className="pf-v6-c-masthead__main">
        <span className="pf-v6-c-masthead__toggle">
          <Button
            variant="plain"
            isHamburger
            isExpanded={isListOpen}
            aria-controls={listId}
            aria-label="Navigation"
            onClick={toggleList}
          />
        </span>
        <div className="pf-v6-c-masthead__brand">
          <Link to="/" className="haven-brand">
            <span className="haven-name">Haven</span>
            <span className="haven-cluster">{status?.cluster.name ?? ""}</span>
          </Link>
        </div>
      </div>
      <div className="pf-v6-c-masthead__content">
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
      </div>
    </header>
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
