import { type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type { PlannedAction } from "../actions/planned-action.ts";
import type { Session } from "../api/answers.ts";
import { answers } from "../api/answers.ts";
import type { ApiClient } from "../api/api-client.ts";
import { errorText } from "../api/error-text.ts";
import { inTurns } from "../api/in-turns.ts";
import { runJob } from "../api/run-job.ts";
import type { ClusterStore } from "../store/cluster-store.ts";
import { type Console, ConsoleContext } from "./console-context.ts";
import { later } from "./later.ts";
import { Shell } from "./shell.tsx";
import { Toasts } from "./toasts.ts";

const ActionDialog = later(async () => (await import("../parts/action-dialog.tsx")).ActionDialog);

interface SignedInProps {
  readonly client: ApiClient;
  readonly session: Session;
  readonly store: ClusterStore;
  readonly logOut: () => void;
}

/** The console of somebody who is logged in: follows the cluster as long as it is shown. */
export function SignedIn({ client, session, store, logOut }: SignedInProps): ReactNode {
  const [toasts] = useState(() => new Toasts());
  const [planned, setPlanned] = useState<readonly PlannedAction[]>();
  useEffect(() => {
    const end = new AbortController();
    void store.run(end.signal);
    return () => end.abort();
  }, [store]);
  const value = useMemo<Console>(
    () => ({ client, store, toasts, session, plan: setPlanned, logOut }),
    [client, store, toasts, session, logOut],
  );
  const close = useCallback(() => setPlanned(undefined), []);
  const act = useCallback(
    (actions: readonly PlannedAction[]) => {
      setPlanned(undefined);
      void inTurns(actions, (action) => perform(client, toasts, action));
    },
    [client, toasts],
  );
  return (
    <ConsoleContext value={value}>
      <Shell />
      <Suspense fallback={null}>
        {planned === undefined ? null : <ActionDialog {...{ client, actions: planned, act, close }} />}
      </Suspense>
    </ConsoleContext>
  );
}

/** Does it, and says how it goes. */
async function perform(client: ApiClient, toasts: Toasts, action: PlannedAction): Promise<void> {
  const { label, subject, path, body, isAtOnce, isTyped, method, ifMatch, outcome } = action;
  const what = `${label}: ${subject}`;
  const id = toasts.show({ variant: "info", title: what, text: "Begun" });
  const agreed = { ...body, ...(isTyped === true ? { confirm: subject } : {}), yes: true };
  try {
    const result = isAtOnce
      ? (await client.send("POST", path, agreed, answers.nothing)).value
      : await runJob(client, path, agreed, {
          ...{ method, ifMatch },
          progress: (text) => toasts.show({ variant: "info", title: what, text }, id),
        });
    toasts.show({ title: what, ...(outcome?.(result) ?? { variant: "success", text: "Done" }) }, id);
  } catch (error) {
    toasts.show({ variant: "danger", title: what, text: errorText(error) }, id);
  }
}
