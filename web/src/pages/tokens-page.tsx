import {
  ActionGroup,
  Button,
  ClipboardCopy,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  TextInput,
  Title,
} from "@patternfly/react-core";
import { type FormEvent, type ReactNode, useState } from "react";
import { type Role, roles } from "../../../src/contract/role.ts";
import { settingsRoutes } from "../../../src/contract/settings-routes.ts";
import type { PlannedAction } from "../actions/planned-action.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { routePath } from "../actions/route-path.ts";
import { clusterAnswers, type Token } from "../api/cluster-answers.ts";
import { errorText } from "../api/error-text.ts";
import { useConsole } from "../app/console-context.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { timeText } from "../parts/time-text.ts";
import { useAnswer } from "./use-answer.ts";

/** The tokens that scripts show to the API: made, told once, and taken away. */
export function TokensPage(): ReactNode {
  const { session } = useConsole();
  const lacks = roleLacks(session.role, settingsRoutes.getTokens.role);
  return (
    <PageSection>
      <Title headingLevel="h1">Tokens</Title>
      <p className="haven-small">
        A script shows a token to the API. It is valid on every node until it is taken away.
      </p>
      {lacks === undefined ? <Known /> : <QuickAlert isInline variant="info" title={lacks} />}
    </PageSection>
  );
}

function Known(): ReactNode {
  const answer = useAnswer(settingsRoutes.getTokens.path, clusterAnswers.tokens);
  return (
    <>
      <AddToken added={answer.again} />
      <AnswerView answer={answer}>
        {({ tokens, unreadable }) => (
          <>
            {unreadable.length === 0 ? null : (
              <QuickAlert
                isInline
                variant="warning"
                title={`Changed by other means, and open nothing: ${unreadable.join(", ")}`}
              />
            )}
            <PlainTable
              label="Tokens"
              columns={["Name", "Role", "Made", "Valid until", "Actions"]}
              empty="There are none."
              rows={tokens.map((token) => ({ key: token.name, cells: cellsOf(token, answer.again) }))}
            />
          </>
        )}
      </AnswerView>
    </>
  );
}

function cellsOf({ name, role, created, expires, expired }: Token, again: () => void): readonly ReactNode[] {
  const until = expires === undefined ? "it is taken away" : timeText(Date.parse(expires));
  return [
    name,
    <QuickLabel key="role" isCompact>
      {role}
    </QuickLabel>,
    timeText(Date.parse(created)),
    expired ? (
      <QuickLabel key="until" isCompact status="warning">
        has expired: {until}
      </QuickLabel>
    ) : (
      until
    ),
    <TakeAway key="remove" name={name} again={again} />,
  ];
}

function TakeAway({ name, again }: { readonly name: string; readonly again: () => void }): ReactNode {
  const { plan } = useConsole();
  const remove: PlannedAction = {
    ...{ label: "Take away", title: "Take away the token", subject: name, body: {}, isDanger: true },
    path: routePath(settingsRoutes.removeToken.path, name),
    ...{
      hasDryRun: false,
      isAtOnce: true,
      warning: "Whoever shows it is refused from then on, on every node.",
    },
    outcome: () => {
      again();
      return undefined;
    },
  };
  return (
    <Button variant="link" isInline isDanger aria-label={`Take away ${name}`} onClick={() => plan([remove])}>
      Take away
    </Button>
  );
}

const dayMs = 86_400_000;
const validities = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "a year"],
  ["", "until it is taken away"],
] as const;

function AddToken({ added }: { readonly added: () => void }): ReactNode {
  const { client } = useConsole();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");
  const [token, setToken] = useState<{ readonly name: string; readonly token: string }>();
  const [failure, setFailure] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const until = days === "" ? {} : { expires: new Date(Date.now() + Number(days) * dayMs).toISOString() };
    try {
      const body = { name, role, ...until, yes: true };
      setToken(
        (await client.send("POST", settingsRoutes.addToken.path, body, clusterAnswers.addedToken)).value,
      );
      setName("");
      added();
    } catch (error) {
      setFailure(errorText(error));
    }
    setBusy(false);
  };
  return (
    <>
      <Form className="haven-line" onSubmit={(event) => void onSubmit(event)}>
        <FormGroup label="Name" fieldId="token-name">
          <TextInput
            {...{ id: "token-name", value: name, autoComplete: "off", placeholder: "grafana" }}
            onChange={(_, value) => setName(value)}
          />
        </FormGroup>
        <FormGroup label="Role" fieldId="token-role">
          <FormSelect id="token-role" value={role} onChange={(_, value) => setRole(value as Role)}>
            {roles.map((one) => (
              <FormSelectOption key={one} value={one} label={one} />
            ))}
          </FormSelect>
        </FormGroup>
        <FormGroup label="Valid for" fieldId="token-days">
          <FormSelect id="token-days" value={days} onChange={(_, value) => setDays(value)}>
            {validities.map(([value, label]) => (
              <FormSelectOption key={value} value={value} label={label} />
            ))}
          </FormSelect>
        </FormGroup>
        <ActionGroup>
          <Button type="submit" isLoading={isBusy} isDisabled={isBusy || name === ""}>
            Make a token
          </Button>
        </ActionGroup>
      </Form>
      {failure === undefined ? null : <QuickAlert isInline isLiveRegion variant="danger" title={failure} />}
      {token === undefined ? null : (
        <QuickAlert
          isInline
          isLiveRegion
          variant="success"
          title={`The token ${token.name}: nobody can tell it again`}
          actionLinks={<Button onClick={() => setToken(undefined)}>I have it</Button>}
        >
          <ClipboardCopy
            isReadOnly
            isCode
            hoverTip="Copy"
            clickTip="Copied"
            textAriaLabel={`The token ${token.name}`}
          >
            {token.token}
          </ClipboardCopy>
        </QuickAlert>
      )}
    </>
  );
}
