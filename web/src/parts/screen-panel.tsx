import { Checkbox } from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { consoleClose } from "../../../src/contract/console-close.ts";
import { consoleRoutes } from "../../../src/contract/console-routes.ts";
import type { Vm } from "../api/answers.ts";
import { closeWords } from "./close-words.ts";
import { type ConsoleEnd, ConsoleFrame, type ConsoleWish } from "./console-frame.tsx";
import { type OpenScreen, openScreen } from "./open-screen.ts";
import { socketUrl } from "./socket-url.ts";

interface ScreenPanelProps {
  readonly vm: Vm;
  /** Why it cannot be opened now. */
  readonly why: string | undefined;
}

/** A VM's screen, with keyboard and mouse. When the guest moves, it has to be connected anew. */
export function ScreenPanel({ vm, why }: ScreenPanelProps): ReactNode {
  const [isScaled, setScaled] = useState(true);
  const tools = (
    <Checkbox
      id="scale-screen"
      label="Scale to fit"
      isChecked={isScaled}
      onChange={(_, next) => setScaled(next)}
    />
  );
  return (
    <ConsoleFrame vm={vm} why={why} tools={tools}>
      {(wish, ended) => <View {...{ name: vm.name, wish, ended, isScaled }} />}
    </ConsoleFrame>
  );
}

interface ViewProps {
  readonly name: string;
  readonly wish: ConsoleWish;
  readonly ended: (end: ConsoleEnd) => void;
  readonly isScaled: boolean;
}

function View({ name, wish: { readOnly }, ended, isScaled }: ViewProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<OpenScreen>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const socket = new WebSocket(socketUrl(consoleRoutes.openScreen.path, name));
    let isWanted = true;
    // What the viewer found wrong comes first, and the socket's end then has no reason of its own.
    const end = (close: ConsoleEnd): void => {
      if (isWanted) ended(close);
      isWanted = false;
    };
    socket.addEventListener("close", ({ code, reason }) => end({ code, words: closeWords(code, reason) }));
    const opened = openScreen(element, socket, {
      isReadOnly: readOnly,
      refused: (words) => end({ code: consoleClose.failed, words }),
    });
    setScreen(opened);
    return () => {
      isWanted = false;
      opened.close();
    };
  }, [name, readOnly, ended]);
  useEffect(() => screen?.scale(isScaled), [screen, isScaled]);
  return <section className="haven-vnc" aria-label={`The screen of ${name}`} ref={place} />;
}
