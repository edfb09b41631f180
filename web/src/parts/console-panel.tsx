import { type ReactNode, useEffect, useRef } from "react";
import { consoleRoutes } from "../../../src/contract/console-routes.ts";
import { answers, type Vm } from "../api/answers.ts";
import { closeWords } from "./close-words.ts";
import { type ConsoleEnd, ConsoleFrame, type ConsoleWish } from "./console-frame.tsx";
import { openTerminal } from "./open-terminal.ts";
import { socketUrl } from "./socket-url.ts";

interface ConsolePanelProps {
  readonly vm: Vm;
  /** Why it cannot be opened now. */
  readonly why: string | undefined;
}

/** A VM's serial console. It follows the guest when that moves; the daemon says so in lines of its own. */
export function ConsolePanel({ vm, why }: ConsolePanelProps): ReactNode {
  return (
    <ConsoleFrame vm={vm} why={why} isExclusive>
      {(wish, ended) => <Screen name={vm.name} wish={wish} ended={ended} />}
    </ConsoleFrame>
  );
}

interface ScreenProps {
  readonly name: string;
  readonly wish: ConsoleWish;
  readonly ended: (end: ConsoleEnd) => void;
}

function Screen({ name, wish, ended }: ScreenProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const { readOnly, force } = wish;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const { terminal, close } = openTerminal(element);
    const socket = new WebSocket(socketUrl(consoleRoutes.openConsole.path, name, { readOnly, force }));
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
