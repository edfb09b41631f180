import { useCallback, useEffect, useState } from "react";
import { apiRoutes } from "../../../src/contract/api-routes.ts";
import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import { vmRoutes } from "../../../src/contract/vm-routes.ts";
import { routePath } from "../actions/route-path.ts";
import type { ApiClient } from "../api/api-client.ts";
import { definitionAnswers } from "../api/definition-answers.ts";
import { errorText } from "../api/error-text.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import type { JsonSchema } from "./schema-choices.ts";

/** A specification as the cluster has it. */
export interface ReadSpecification {
  /** YAML; undefined where the VM has none. */
  readonly text: string | undefined;
  /** What it is changed with. */
  readonly tag: string | undefined;
  readonly schema: JsonSchema;
}

interface UsedSpecification {
  readonly read: ReadSpecification | undefined;
  readonly failure: string | undefined;
  readonly readAgain: () => void;
}

/** A VM's specification, read anew whenever the cluster's configuration was changed. */
export function useSpecification(name: string): UsedSpecification {
  const { client } = useConsole();
  const changed = useCluster().status?.cluster.lastChange;
  const [read, setRead] = useState<ReadSpecification>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed configuration is why it is read again
  useEffect(() => {
    const end = new AbortController();
    readSpecification(client, name, end.signal).then(
      (value) => {
        setRead((now) => (now?.tag === value.tag && now?.text === value.text ? now : value));
        setFailure(undefined);
      },
      (error: unknown) => {
        if (!end.signal.aborted) setFailure(errorText(error));
      },
    );
    return () => end.abort();
  }, [client, name, changed, attempt]);
  return { read, failure, readAgain: useCallback(() => setAttempt((now) => now + 1), []) };
}

async function readSpecification(
  client: ApiClient,
  name: string,
  signal: AbortSignal,
): Promise<ReadSpecification> {
  // The tag first: what is changed between the two is refused then, not written over.
  const vm = await client.get(routePath(vmRoutes.getVm.path, name), definitionAnswers.withTag, signal);
  const schema = await client.get(apiRoutes.getVmSchema.path, definitionAnswers.schema, signal);
  const rest = { tag: vm.tag, schema: schema.value };
  if (vm.value.spec === undefined) return { ...rest, text: undefined };
  const exported = await client.open(routePath(vmDefinitionRoutes.exportVm.path, name), signal);
  return { ...rest, text: await exported.text() };
}
