import {
  Button,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Spinner,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import type { PlannedAction } from "../actions/planned-action.ts";
import { answers } from "../api/answers.ts";
import type { ApiClient } from "../api/api-client.ts";
import { errorText } from "../api/error-text.ts";
import { inTurns } from "../api/in-turns.ts";
import { runJob } from "../api/run-job.ts";
import { QuickAlert } from "./quick-alert.tsx";

interface ActionDialogProps {
  readonly client: ApiClient;
  readonly actions: readonly PlannedAction[];
  readonly act: (actions: readonly PlannedAction[]) => void;
  readonly close: () => void;
}

type Effect =
  | { readonly is: "simulating" }
  | { readonly is: "known"; readonly lines: readonly string[] }
  | { readonly is: "refused"; readonly why: string };

/** Shows what would follow before it happens: each action is simulated by the cluster's own scheduler. */
export function ActionDialog({ client, actions, act, close }: ActionDialogProps): ReactNode {
  const effects = useEffects(client, actions);
  const [typed, setTyped] = useState("");
  const [first] = actions;
  if (first === undefined) return null;
  const possible = actions.filter((_, at) => effects[at]?.is !== "refused");
  const isSimulating = effects.some(({ is }) => is === "simulating");
  const title =
    actions.length === 1 ? `${first.title} ${first.subject}?` : `${first.title} ${actions.length} VMs?`;
  const few = possible.length < actions.length && possible.length > 0 ? ` ${possible.length}` : "";
  return (
    <Modal
      isOpen
      variant="small"
      onClose={close}
      aria-labelledby="action-title"
      aria-describedby="action-body"
    >
      <ModalHeader title={title} labelId="action-title" />
      <ModalBody id="action-body">
        {first.warning === undefined ? null : (
          <QuickAlert isInline variant={first.isDanger ? "warning" : "info"} title={first.warning} />
        )}
        {first.hasDryRun ? <Effects actions={actions} effects={effects} /> : null}
        {first.isTyped === true ? (
          <FormGroup label={`Type ${first.subject} to go on`} fieldId="typed-name">
            <TextInput
              {...{ id: "typed-name", value: typed, autoComplete: "off", spellCheck: "false" }}
              onChange={(_, value) => setTyped(value)}
            />
          </FormGroup>
        ) : null}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={first.isDanger ? "danger" : "primary"}
          isDisabled={
            isSimulating || possible.length === 0 || (first.isTyped === true && typed !== first.subject)
          }
          onClick={() => act(possible)}
        >
          {first.label}
          {few}
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function useEffects(client: ApiClient, actions: readonly PlannedAction[]): readonly Effect[] {
  const [effects, setEffects] = useState<readonly Effect[]>(() =>
    actions.map(({ hasDryRun }) => (hasDryRun ? { is: "simulating" } : { is: "known", lines: [] })),
  );
  useEffect(() => {
    let isOpen = true;
    const know = (at: number, effect: Effect): void => {
      if (isOpen) setEffects((all) => all.map((one, index) => (index === at ? effect : one)));
    };
    const simulate = async (action: PlannedAction, at: number): Promise<void> => {
      const { path, body, hasDryRun, isTyped, subject, method, ifMatch } = action;
      if (!hasDryRun || !isOpen) return;
      const confirm = isTyped === true ? { confirm: subject } : {};
      try {
        const asked = { ...body, ...confirm, dryRun: true, yes: true };
        const { plan = [], effect } = answers.effect.parse(
          await runJob(client, path, asked, { method, ifMatch }),
        );
        know(at, { is: "known", lines: [...plan, ...effect] });
      } catch (error) {
        know(at, { is: "refused", why: errorText(error) });
      }
    };
    void inTurns(actions, simulate);
    return () => {
      isOpen = false;
    };
  }, [client, actions]);
  return effects;
}

function Effects({
  actions,
  effects,
}: {
  readonly actions: readonly PlannedAction[];
  readonly effects: readonly Effect[];
}): ReactNode {
  const pending = effects.filter(({ is }) => is === "simulating").length;
  const lines = [...new Set(effects.flatMap((effect) => (effect.is === "known" ? effect.lines : [])))];
  const isQuiet = pending === 0 && lines.length === 0 && effects.some(({ is }) => is === "known");
  return (
    <div className="haven-effects" aria-live="polite">
      {pending > 0 ? (
        <p>
          <Spinner size="md" aria-label="Simulating" /> Simulating what would follow
          {actions.length > 1 ? `: ${actions.length - pending} of ${actions.length}` : ""}
        </p>
      ) : null}
      {lines.length > 0 ? <p>What follows, as the cluster's scheduler says:</p> : null}
      <ul className="haven-effect-lines">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {isQuiet ? <p>Nothing starts, stops or moves.</p> : null}
      {effects.map((effect, at) =>
        effect.is === "refused" ? (
          <QuickAlert
            key={actions[at]?.subject}
            isInline
            variant="danger"
            title={`${actions[at]?.subject}: not possible`}
          >
            {effect.why}
          </QuickAlert>
        ) : null,
      )}
    </div>
  );
}
