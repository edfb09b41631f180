import { Button, Checkbox } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { consoleClose } from "../../../src/contract/console-close.ts";
import { planOnVm, vmActionLabel, whyNotOnVm } from "../actions/vm-actions.ts";
import type { Vm } from "../api/answers.ts";
import { useConsole } from "../app/console-context.ts";
import { QuickAlert } from "./quick-alert.tsx";

/** How a console or screen is to be opened. */
export interface ConsoleWish {
  readonly readOnly: boolean;
  readonly force: boolean;
  /** Another number is another connection. */
  readonly attempt: number;
}

/** Why a console or screen has closed. */
export interface ConsoleEnd {
  readonly code: number;
  readonly words: string;
}

interface ConsoleFrameProps {
  readonly vm: Vm;
  /** Why it cannot be opened now. */
  readonly why: string | undefined;
  /** Another session may have it, and it can be taken over. */
  readonly isExclusive?: boolean;
  /** More to choose beside the buttons. */
  readonly tools?: ReactNode;
  /** What is opened, and stays with what it showed last when it has ended. */
  readonly children: (wish: ConsoleWish, ended: (end: ConsoleEnd) => void) => ReactNode;
}

/** What is around a console or screen of a VM: opens and closes it, and says why it has ended. */
export function ConsoleFrame({
  vm,
  why,
  isExclusive = false,
  tools,
  children,
}: ConsoleFrameProps): ReactNode {
  const [wish, setWish] = useState<ConsoleWish>();
  const [readOnly, setReadOnly] = useState(false);
  const [end, setEnd] = useState<ConsoleEnd>();
  const connect = (force: boolean): void => {
    setEnd(undefined);
    setWish((now) => ({ readOnly, force, attempt: (now?.attempt ?? 0) + 1 }));
  };
  const isOpen = wish !== undefined && end === undefined;
  return (
    <>
      <div className="haven-console-head">
        <Button
          variant={isOpen ? "secondary" : "primary"}
          isAriaDisabled={!isOpen && why !== undefined}
          onClick={() => (isOpen ? setWish(undefined) : connect(false))}
        >
          {isOpen ? "Disconnect" : "Connect"}
        </Button>
        <CtrlAltDel vm={vm} />
        <Checkbox
          id="read-only"
          label="Only look"
          isChecked={readOnly}
          isDisabled={isOpen}
          onChange={(_, next) => setReadOnly(next)}
        />
        {tools}
      </div>
      {why !== undefined && !isOpen ? <p>{why}</p> : null}
      {end === undefined ? null : (
        <QuickAlert
          isInline
          isLiveRegion
          variant="warning"
          title={end.words}
          actionLinks={
            isExclusive && end.code === consoleClose.refused ? (
              <Button variant="link" isInline onClick={() => connect(true)}>
                Take the console over
              </Button>
            ) : null
          }
        />
      )}
      {wish === undefined ? null : <div key={wish.attempt}>{children(wish, setEnd)}</div>}
    </>
  );
}

function CtrlAltDel({ vm }: { readonly vm: Vm }): ReactNode {
  const { session, plan } = useConsole();
  const why = whyNotOnVm("ctrl-alt-del", vm, session.role);
  return (
    <Button
      variant="secondary"
      isAriaDisabled={why !== undefined}
      title={why}
      onClick={() => plan([planOnVm("ctrl-alt-del", vm.name)])}
    >
      {vmActionLabel("ctrl-alt-del")}
    </Button>
  );
}
