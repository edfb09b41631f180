import {
  ActionGroup,
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  TextInput,
} from "@patternfly/react-core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Session } from "../api/answers.ts";
import type { ApiClient } from "../api/api-client.ts";
import { errorText } from "../api/error-text.ts";
import { QuickAlert } from "../parts/quick-alert.tsx";

interface LoginPageProps {
  readonly client: ApiClient;
  /** Why nobody is logged in any more. */
  readonly why: string | undefined;
  readonly loggedIn: (session: Session) => void;
}

/** Logs somebody in with the name and password of the node that serves this page. */
export function LoginPage({ client, why, loggedIn }: LoginPageProps): ReactNode {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      loggedIn(await client.logIn(user, password));
    } catch (error) {
      setPassword("");
      setFailure(errorText(error));
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void submit();
  };
  return (
    <main className="haven-whole haven-login">
      <Card>
        <CardTitle component="h1">
          <span className="haven-name">Haven</span> Log in to {location.hostname}
        </CardTitle>
        <CardBody>
          <Form onSubmit={onSubmit}>
            {failure !== undefined || why !== undefined ? (
              <QuickAlert
                isInline
                isLiveRegion
                variant={failure === undefined ? "info" : "danger"}
                title={failure ?? why}
              />
            ) : null}
            <FormGroup label="User" fieldId="user">
              <TextInput
                {...{ id: "user", name: "user", value: user, isRequired: true, autoComplete: "username" }}
                autoFocus
                onChange={(_, value) => setUser(value)}
              />
            </FormGroup>
            <FormGroup label="Password" fieldId="password">
              <TextInput
                {...{ id: "password", name: "password", type: "password", value: password, isRequired: true }}
                autoComplete="current-password"
                onChange={(_, value) => setPassword(value)}
              />
            </FormGroup>
            <ActionGroup>
              <Button
                type="submit"
                isBlock
                isLoading={isBusy}
                isDisabled={isBusy || user === "" || password === ""}
              >
                Log in
              </Button>
            </ActionGroup>
          </Form>
          <p className="haven-small">
            A user of this node, in one of the groups that have a role in the cluster.
          </p>
        </CardBody>
      </Card>
    </main>
  );
}
