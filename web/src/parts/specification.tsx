import {
  Alert,
  ClipboardCopyButton,
  CodeBlock,
  CodeBlockAction,
  CodeBlockCode,
} from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import { vmRoutes } from "../../../src/contract/vm-routes.ts";
import { routePath } from "../actions/route-path.ts";
import { answers } from "../api/answers.ts";
import { errorText } from "../api/error-text.ts";
import { useCluster, useConsole } from "../app/console-context.ts";

/** A VM's specification, as JSON. It is read again when the configuration was changed. */
export function Specification({ name }: { readonly name: string }): ReactNode {
  const { client } = useConsole();
  const changed = useCluster().status?.cluster.lastChange;
  const [text, setText] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const [isCopied, setCopied] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed configuration is why it is read again
  useEffect(() => {
    const end = new AbortController();
    client.get(routePath(vmRoutes.getVm.path, name), answers.vmWithSpec, end.signal).then(
      ({ value }) => {
        setText(value.spec === undefined ? "" : JSON.stringify(value.spec, null, 2));
        setFailure(undefined);
      },
      (error: unknown) => {
        if (!end.signal.aborted) setFailure(errorText(error));
      },
    );
    return () => end.abort();
  }, [client, name, changed]);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text ?? "").catch(() => undefined);
    setCopied(true);
  };
  if (failure !== undefined) return <Alert isInline variant="danger" title={failure} />;
  if (text === "") return <p>{name} has no specification of Haven's: it was not made by it.</p>;
  return (
    <CodeBlock
      actions={
        <CodeBlockAction>
          <ClipboardCopyButton
            id="copy-specification"
            aria-label="Copy the specification"
            onClick={() => void copy()}
            variant="plain"
          >
            {isCopied ? "Copied" : "Copy"}
          </ClipboardCopyButton>
        </CodeBlockAction>
      }
    >
      <CodeBlockCode>{text ?? ""}</CodeBlockCode>
    </CodeBlock>
  );
}
