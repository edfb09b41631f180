import { Alert } from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import { useCluster } from "../app/console-context.ts";
import { NextStep } from "./next-step.tsx";
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
    <Alert
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
    </Alert>
  ));
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
    <Alert variant="warning" isInline isLiveRegion title={seen}>
      {problem}. It is tried again by itself; any other node that answers shows this page, too.
    </Alert>
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
