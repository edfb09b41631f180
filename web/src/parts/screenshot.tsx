import { Button, Card, CardBody, CardHeader, CardTitle } from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import { vmAccessRoutes } from "../../../src/contract/vm-access-routes.ts";
import { vmCannot } from "../../../src/contract/vm-can.ts";
import { routePath } from "../actions/route-path.ts";
import type { Vm } from "../api/answers.ts";
import { errorText } from "../api/error-text.ts";
import { useConsole } from "../app/console-context.ts";
import { QuickAlert } from "./quick-alert.tsx";
import { timeText } from "./time-text.ts";

interface Picture {
  readonly url: string;
  readonly at: number;
}

/** What a VM's screen shows, taken when it is asked for. */
export function Screenshot({ vm }: { readonly vm: Vm }): ReactNode {
  const { client } = useConsole();
  const [picture, setPicture] = useState<Picture>();
  const [failure, setFailure] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const cannot = vmCannot("screen", vm);
  useEffect(() => () => URL.revokeObjectURL(picture?.url ?? ""), [picture]);
  const take = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const response = await client.open(routePath(vmAccessRoutes.getScreenshot.path, vm.name));
      setPicture({ url: URL.createObjectURL(await response.blob()), at: Date.now() });
    } catch (error) {
      setFailure(errorText(error));
    }
    setBusy(false);
  };
  return (
    <Card isCompact className="haven-screen">
      <CardHeader
        actions={{
          actions: (
            <Button
              variant="secondary"
              size="sm"
              isLoading={isBusy}
              isAriaDisabled={isBusy || cannot !== undefined}
              onClick={() => void take()}
            >
              {picture === undefined ? "Take a picture" : "Take another"}
            </Button>
          ),
        }}
      >
        <CardTitle component="h2">Screen</CardTitle>
      </CardHeader>
      <CardBody>
        {cannot === undefined ? null : (
          <p>
            {vm.name} {cannot}
          </p>
        )}
        {failure === undefined ? null : <QuickAlert isInline variant="danger" title={failure} />}
        {picture === undefined ? null : (
          <figure>
            <img src={picture.url} alt={`The screen of ${vm.name}`} />
            <figcaption className="haven-small">{timeText(picture.at)}</figcaption>
          </figure>
        )}
      </CardBody>
    </Card>
  );
}
