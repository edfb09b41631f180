import { Bullseye, Button, Spinner } from "@patternfly/react-core";
import { type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import type { ApiClient } from "../api/api-client.ts";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { later } from "./later.ts";
import { SignedIn } from "./signed-in.tsx";
import { type Who, whoHasLoggedIn, whoIs } from "./who-is.ts";

const LoginPage = later(async () => (await import("./login-page.tsx")).LoginPage);

interface AppProps {
  readonly client: ApiClient;
  /** Who is logged in, as far as is known already. */
  readonly first: Who;
  /** Who that is when it is known. */
  readonly asked: Promise<Who>;
}

/** The console: whoever is not logged in sees the login, everybody else the cluster. */
export function App({ client, first, asked }: AppProps): ReactNode {
  const [who, setWho] = useState<Who>(first);
  const ask = useCallback(() => {
    setWho({ is: "asking" });
    void whoIs(client).then(setWho);
  }, [client]);
  useEffect(() => {
    client.onSignedOut = () => setWho({ is: "nobody", why: "The session has ended: log in again" });
    if (first.is === "asking") void asked.then(setWho);
  }, [client, first, asked]);
  const logOut = useCallback(() => {
    // Whether or not the node hears it, this page shows nothing any more.
    client.logOut().catch(() => undefined);
    setWho({ is: "nobody" });
  }, [client]);
  switch (who.is) {
    case "asking":
      return <Asking />;
    case "failed":
      return (
        <Bullseye className="haven-whole">
          <QuickAlert
            variant="danger"
            title={who.why}
            actionLinks={<Button onClick={ask}>Try again</Button>}
          />
        </Bullseye>
      );
    case "nobody":
      return (
        <Suspense fallback={<Asking />}>
          <LoginPage
            client={client}
            why={who.why}
            loggedIn={(session) => setWho(whoHasLoggedIn(client, session))}
          />
        </Suspense>
      );
    case "somebody":
      return <SignedIn client={client} session={who.session} store={who.store} logOut={logOut} />;
  }
}

function Asking(): ReactNode {
  return (
    <Bullseye className="haven-whole">
      <Spinner aria-label="Asking who is logged in" />
    </Bullseye>
  );
}
