import { Button, CodeBlock, CodeBlockCode, Modal, ModalBody, ModalHeader } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { type SpecChange, specChangeText } from "../../../src/contract/spec-change.ts";
import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import { planRevert } from "../actions/plan-definition.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { routePath } from "../actions/route-path.ts";
import { definitionAnswers, type Version } from "../api/definition-answers.ts";
import { useConsole } from "../app/console-context.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { timeText } from "../parts/time-text.ts";
import { useAnswer } from "./use-answer.ts";

/** What a VM's definition was, the newest first, each to be looked at, compared, and gone back to. */
export function VmVersions({ name }: { readonly name: string }): ReactNode {
  const path = routePath(vmDefinitionRoutes.getVmVersions.path, name);
  const answer = useAnswer(path, definitionAnswers.versions);
  const [shown, setShown] = useState<string>();
  return (
    <AnswerView answer={answer}>
      {([found]) => (
        <div className="haven-parts">
          <PlainTable
            label={`Versions of ${name}, the newest first`}
            columns={["Version", "When", "By", "What", "Go back"]}
            rows={(found?.versions ?? []).map((version) => ({
              key: version.id,
              cells: [
                version.current ? `${version.id}, now` : version.id,
                version.written === undefined ? "unknown" : timeText(Date.parse(version.written)),
                byText(version),
                <What key="what" version={version} />,
                <Buttons key="buttons" {...{ name, version }} show={() => setShown(version.id)} />,
              ],
            }))}
            empty="This node knows no versions of it."
          />
          {shown === undefined ? null : (
            <ShownVersion {...{ name, version: shown }} close={() => setShown(undefined)} />
          )}
        </div>
      )}
    </AnswerView>
  );
}

/** Who has written it, with which program, on which node; Pacemaker may give the same for two of them. */
function byText({ client, user, origin }: Version): string {
  const who = [...new Set([client, user].filter((word) => word !== undefined))].join(", ");
  return [who, origin].filter((word) => word !== undefined && word !== "").join(" on ") || "unknown";
}

const kinds: Readonly<Record<string, string>> = {
  first: "as it was when the history begins",
  added: "added",
  removed: "removed",
};

function What({ version: { kind, changes, domain } }: { readonly version: Version }): ReactNode {
  const word = kinds[kind];
  if (word !== undefined) return word;
  return <Changes changes={changes} domain={domain} />;
}

interface ChangesProps {
  readonly changes: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
  readonly domain: readonly string[];
}

function Changes({ changes, domain }: ChangesProps): ReactNode {
  return (
    <ul className="haven-plain">
      {[...changes.map((change) => specChangeText(change as SpecChange)), ...domain].map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

interface ButtonsProps {
  readonly name: string;
  readonly version: Version;
  readonly show: () => void;
}

function Buttons({ name, version: { id, current, kind }, show }: ButtonsProps): ReactNode {
  const { session, plan } = useConsole();
  if (kind === "removed") return null;
  const why = current ? "It is this version now" : roleLacks(session.role, vmDefinitionRoutes.revertVm.role);
  return (
    <>
      <Button variant="link" isInline onClick={show}>
        Show
      </Button>{" "}
      <Button
        variant="link"
        isInline
        aria-label={`Revert to ${id}`}
        isAriaDisabled={why !== undefined}
        title={why}
        onClick={() => plan([planRevert(name, id)])}
      >
        Revert
      </Button>
    </>
  );
}

interface ShownVersionProps {
  readonly name: string;
  readonly version: string;
  readonly close: () => void;
}

/** A version, whole, and in what it differs from how the VM is now. */
function ShownVersion({ name, version, close }: ShownVersionProps): ReactNode {
  const part = encodeURIComponent(version);
  const whole = useAnswer(
    routePath(vmDefinitionRoutes.getVmVersion.path, name).replace("{version}", () => part),
    definitionAnswers.version,
  );
  const path = routePath(vmDefinitionRoutes.diffVm.path, name);
  const difference = useAnswer(`${path}?version=${part}`, definitionAnswers.differences);
  return (
    <Modal isOpen variant="medium" onClose={close} aria-labelledby="version-title">
      <ModalHeader title={`${name}, version ${version}`} labelId="version-title" />
      <ModalBody className="haven-version">
        <h3>What going back to it would change</h3>
        <AnswerView answer={difference}>
          {([found]) =>
            found === undefined || found.state === "same" ? (
              <p>Nothing: it is like this now.</p>
            ) : (
              <Changes changes={found.changes} domain={found.domain ?? []} />
            )
          }
        </AnswerView>
        <h3>The whole of it</h3>
        <AnswerView answer={whole}>
          {({ yaml }) => (
            <CodeBlock>
              <CodeBlockCode>{yaml ?? "It has no specification, only its domain's XML."}</CodeBlockCode>
            </CodeBlock>
          )}
        </AnswerView>
      </ModalBody>
    </Modal>
  );
}
