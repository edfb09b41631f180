import { Alert, Bullseye, Button, Spinner } from "@patternfly/react-core";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { Session } from "../api/answers.ts";
import { ApiClient } from "../api/api-client.ts";
import { errorText } from "../api/error-text.ts";
import { LoginPage } from "./login-page.tsx";
import { SignedIn } from "./signed-in.tsx";

type Who =
  | { readonly is: "asking" }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "nobody"; readonly why?: string }
  | { readonly is: "somebody"; readonly session: Session };

const client = new ApiClient();

/** The console: whoever is not logged in sees the login, everybody else the cluster. */
export function App(): ReactNode {
  const [who, setWho] = useState<Who>({ is: "asking" });
  const ask = useCallback(() => {
    setWho({ is: "asking" });
    client.session().then(
      (session) => setWho(session === undefined ? { is: "nobody" } : { is: "somebody", session }),
      (error: unknown) => setWho({ is: "failed", why: errorText(error) }),
    );
  }, []);
  useEffect(() => {
    client.onSignedOut = () => setWho({ is: "nobody", why: "The session has ended: log in again" });
    ask();
  }, [ask]);
  const logOut = useCallback(() => {
    // Whether or not the node hears it, this page shows nothing any more.
    client.logOut().catch(() => undefined);
    setWho({ is: "nobody" });
  }, []);
  switch (who.is) {
    case "asking":
      return (
        <Bullseye className="haven-whole">
          <Spinner aria-label="Asking who is logged in" />
        </Bullseye>
      );
    case "failed":
      return (
        <Bullseye className="haven-whole">
          <Alert variant="danger" title={who.why} actionLinks={<Button onClick={ask}>Try again</Button>} />
        </Bullseye>
      );
    case "nobody":
      return (
        <LoginPage
          client={client}
          why={who.why}
          loggedIn={(session) => setWho({ is: "somebody", session })}
        />
      );
    case "somebody":
      return <SignedIn client={client} session={who.session} logOut={logOut} />;
  }
}
