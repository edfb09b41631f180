import { Alert, Button, Checkbox } from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { consoleClose } from "../../../src/contract/console-close.ts";
import { consoleRoutes } from "../../../src/contract/console-routes.ts";
import { routePath } from "../actions/route-path.ts";
import { planOnVm, vmActionLabel, whyNotOnVm } from "../actions/vm-actions.ts";
import { answers, type Vm } from "../api/answers.ts";
import { useConsole } from "../app/console-context.ts";
import { closeWords } from "./close-words.ts";
import { openTerminal } from "./open-terminal.ts";

interface ConsolePanelProps {
  readonly vm: Vm;
  /** Why it cannot be opened now. */
  readonly why: string | undefined;
}

interface Wish {
  readonly readOnly: boolean;
  readonly force: boolean;
  /** Another number is another connection. */
  readonly attempt: number;
}

interface End {
  readonly code: number;
  readonly words: string;
}

/** A VM's serial console. It follows the guest when that moves; the daemon says so in lines of its own. */
export function ConsolePanel({ vm, why }: ConsolePanelProps): ReactNode {
  const [wish, setWish] = useState<Wish>();
  const [readOnly, setReadOnly] = useState(false);
  const [end, setEnd] = useState<End>();
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
      </div>
      {why !== undefined && !isOpen ? <p>{why}</p> : null}
      {end === undefined ? null : (
        <Alert
          isInline
          isLiveRegion
          variant="warning"
          title={end.words}
          actionLinks={
            end.code === consoleClose.refused ? (
              <Button variant="link" isInline onClick={() => connect(true)}>
                Take the console over
              </Button>
            ) : null
          }
        />
      )}
      {wish === undefined ? null : <Screen key={wish.attempt} name={vm.name} wish={wish} ended={setEnd} />}
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

interface ScreenProps {
  readonly name: string;
  readonly wish: Wish;
  readonly ended: (end: End) => void;
}

function Screen({ name, wish, ended }: ScreenProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const { readOnly, force } = wish;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const { terminal, close } = openTerminal(element);
    const socket = new WebSocket(consoleUrl(name, { readOnly, force }));
    socket.binaryType = "arraybuffer";
    let isWanted = true;
    const say = (line: string): void => terminal.write(`\r\n\x1b[7m ${line} \x1b[0m\r\n`);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) terminal.write(new Uint8Array(data));
      else if (typeof data === "string") say(saidIn(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (isWanted) ended({ code, words: closeWords(code, reason) });
    };
    const encoder = new TextEncoder();
    const send = (bytes: Uint8Array<ArrayBuffer>): void => {
      if (!readOnly && socket.readyState === WebSocket.OPEN) socket.send(bytes);
    };
    const typed = [
      terminal.onData((text) => send(encoder.encode(text))),
      // Old reports of the mouse are bytes, not text.
      terminal.onBinary((text) => send(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))),
    ];
    terminal.focus();
    return () => {
      isWanted = false;
      for (const one of typed) one.dispose();
      socket.close();
      close();
    };
  }, [name, readOnly, force, ended]);
  return <section className="haven-terminal" aria-label={`The serial console of ${name}`} ref={place} />;
}

function consoleUrl(name: string, { readOnly, force }: Pick<Wish, "readOnly" | "force">): string {
  const url = new URL(routePath(consoleRoutes.openConsole.path, name), location.href);
  url.protocol = "wss:";
  if (readOnly) url.searchParams.set("readOnly", "true");
  if (force) url.searchParams.set("force", "true");
  return url.href;
}

/** What the daemon says beside what the guest prints; nothing of it may steer the terminal. */
function saidIn(text: string): string {
  try {
    const said = answers.said.safeParse(JSON.parse(text));
    return said.success
      ? said.data.say.replace(/\p{Cc}/gu, " ")
      : "The daemon has said what is not understood";
  } catch {
    return "The daemon has said what is not understood";
  }
}
