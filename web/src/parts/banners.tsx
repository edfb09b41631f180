import { Button } from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import { fenceRoutes } from "../../../src/contract/fence-routes.ts";
import { planOnNode } from "../actions/node-actions.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { NextStep } from "./next-step.tsx";
import { QuickAlert } from "./quick-alert.tsx";
import { timeText } from "./time-text.ts";

/** What must be seen on every page: that a person is waited for, and that what is shown may be old. */
export function Banners(): ReactNode {
  return (
    <div className="haven-banners">
      <PersonBanner />
      <StaleBanner />
    </div>
  );
}

/** A node that only a person can say is off: until somebody does, its VMs start nowhere. */
function PersonBanner(): ReactNode {
  const waiting = useCluster().status?.problems.filter(({ code }) => code === "fencing.person") ?? [];
  return waiting.map(({ subject, text, next }) => (
    <QuickAlert
      key={`${subject} ${text}`}
      className="haven-person"
      variant="danger"
      isInline
      isLiveRegion
      component="h2"
      title={text}
    >
      <p>
        Go to the server, switch it off, and make sure that it is off. Only then confirm it: if it still ran,
        its VMs would run twice and their disks would be destroyed.
      </p>
      {next === undefined ? null : <NextStep text={next} />}
      {subject === undefined ? null : <ConfirmOff name={subject} />}
    </QuickAlert>
  ));
}

/** The first time that it is asked; the dialog asks again, and has the name typed. */
function ConfirmOff({ name }: { readonly name: string }): ReactNode {
  const { session, plan } = useConsole();
  const lacks = roleLacks(session.role, fenceRoutes.confirmFenced.role);
  return (
    <p className="haven-confirm">
      <Button
        variant="secondary"
        isAriaDisabled={lacks !== undefined}
        aria-describedby={lacks === undefined ? undefined : "why-not-confirm"}
        onClick={() => plan([planOnNode("confirm", name)])}
      >
        Confirm that {name} is off
      </Button>{" "}
      {lacks === undefined ? null : <span id="why-not-confirm">{lacks}</span>}
    </p>
  );
}

function StaleBanner(): ReactNode {
  const { connection, lastSeen, problem } = useCluster();
  const now = useSeconds(connection === "lost");
  if (connection !== "lost") return null;
  const seen =
    lastSeen === undefined
      ? "Nothing is known of the cluster yet"
      : `This is how the cluster was at ${timeText(lastSeen)}, ${agoText(now - lastSeen)} ago`;
  return (
    <QuickAlert variant="warning" isInline isLiveRegion title={seen}>
      {problem}. It is tried again by itself; any other node that answers shows this page, too.
    </QuickAlert>
  );
}

function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** The time, second by second while it is shown. */
function useSeconds(isShown: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isShown) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isShown]);
  return now;
}
