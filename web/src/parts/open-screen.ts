import RFB from "@novnc/novnc";

export interface OpenScreen {
  /** Whether what is too large is made smaller, or scrolled. */
  scale(isScaled: boolean): void;
  close(): void;
}

interface ScreenOptions {
  readonly isReadOnly: boolean;
  /** Told why the screen does not let itself be shown; the socket is closed then. */
  readonly refused: (words: string) => void;
}

/** Draws into an element what a VNC server at the other end of a WebSocket shows, and sends it keys and mouse. */
export function openScreen(
  element: HTMLElement,
  socket: WebSocket,
  { isReadOnly, refused }: ScreenOptions,
): OpenScreen {
  const viewer = new RFB(element, socket);
  viewer.viewOnly = isReadOnly;
  viewer.background = "#000";
  viewer.showDotCursor = true;
  let isOver = false;
  const close = (): void => {
    // What has ended already does not want to be ended, and says so in the browser's log.
    if (!isOver) viewer.disconnect();
    isOver = true;
  };
  const refuse = (words: string): void => {
    refused(words);
    close();
  };
  viewer.addEventListener("disconnect", () => {
    isOver = true;
  });
  viewer.addEventListener("connect", () => viewer.focus());
  viewer.addEventListener("credentialsrequired", () =>
    refuse("The screen asks for a password, which is not set by Haven: use haven vm vnc and a viewer"),
  );
  viewer.addEventListener("securityfailure", ({ detail: { reason = "" } }) =>
    refuse(`The screen refuses the viewer${reason === "" ? "" : `: ${reason}`}`),
  );
  return {
    scale(isScaled) {
      viewer.scaleViewport = isScaled;
    },
    close,
  };
}
