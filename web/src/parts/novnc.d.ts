/** What is used of noVNC, which has no types of its own: docs/API.md there. */
declare module "@novnc/novnc" {
  interface ViewerEvents {
    readonly connect: CustomEvent<unknown>;
    readonly disconnect: CustomEvent<unknown>;
    readonly credentialsrequired: CustomEvent<unknown>;
    readonly securityfailure: CustomEvent<{ readonly status: number; readonly reason?: string }>;
  }

  export default class RFB {
    constructor(element: HTMLElement, socket: WebSocket);
    viewOnly: boolean;
    scaleViewport: boolean;
    showDotCursor: boolean;
    background: string;
    focus(): void;
    disconnect(): void;
    addEventListener<K extends keyof ViewerEvents>(kind: K, heard: (event: ViewerEvents[K]) => void): void;
  }
}
