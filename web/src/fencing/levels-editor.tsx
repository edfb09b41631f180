import { ActionGroup, Button, Form } from "@patternfly/react-core";
import { type FormEvent, type ReactNode, useState } from "react";
import { fenceRoutes } from "../../../src/contract/fence-routes.ts";
import type { PlannedAction } from "../actions/planned-action.ts";
import { routePath } from "../actions/route-path.ts";
import type { Fencing } from "../api/cluster-answers.ts";
import { useConsole } from "../app/console-context.ts";
import { ChoiceField } from "../parts/choice-field.tsx";
import { type LevelNumbers, levelNumbers, levelsOf, mostLevels, withChanges } from "./level-numbers.ts";

interface LevelsEditorProps {
  readonly fencing: Fencing["nodes"][number];
  readonly devices: readonly Fencing["devices"][number][];
  readonly close: () => void;
}

const numbers = Array.from({ length: mostLevels }, (_, at) => String(at + 1));

/** In which order a node's devices are tried: those of one number must all succeed. */
export function LevelsEditor({ fencing: { node, levels }, devices, close }: LevelsEditorProps): ReactNode {
  const { plan } = useConsole();
  // What others change meanwhile is seen here, too.
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({});
  const chosen = withChanges(levelNumbers(levels), changes);
  // Those of the node, and those that are asked themselves.
  const own = devices.filter(
    ({ id, hosts }) => hosts === undefined || hosts.some((host) => host.node === node) || id in chosen,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    plan([levelsOfNode(node, chosen, close)]);
  };
  return (
    <Form className="haven-levels" aria-label={`Levels of ${node}`} onSubmit={submit}>
      <p className="haven-small">
        Level 1 is tried first. What is in one level must all succeed. Without any level all devices are
        tried.
      </p>
      {own.map(({ id }) => (
        <ChoiceField
          key={id}
          id={`level-${node}-${id}`}
          label={id}
          value={chosen[id] === undefined ? "" : String(chosen[id])}
          words={[["", "In no level"], ...numbers.map((one) => [one, `Level ${one}`] as const)]}
          set={(text) => setChanges((before) => ({ ...before, [id]: text }))}
        />
      ))}
      <ActionGroup>
        <Button type="submit">See what follows</Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ActionGroup>
    </Form>
  );
}

function levelsOfNode(node: string, chosen: LevelNumbers, done: () => void): PlannedAction {
  return {
    ...{ label: "Set", title: "Set the fence levels of", subject: node, warning: undefined },
    path: routePath(fenceRoutes.setFenceLevels.path, node),
    ...{ body: { levels: levelsOf(chosen) }, hasDryRun: true, isAtOnce: false, isDanger: false },
    outcome: () => {
      done();
      return undefined;
    },
  };
}
