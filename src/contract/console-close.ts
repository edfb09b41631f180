/** With what a WebSocket of a VM's console or screen is closed, besides the protocol's own codes. */
export const consoleClose = {
  /** The VM is stopped. */
  stopped: 4000,
  /** The VM was removed. */
  removed: 4001,
  /** The guest has moved, or was started anew: connect again. */
  again: 4002,
  /** The VM's state does not allow it, or another session has the console. */
  refused: 4003,
  /** Who has opened it may not any more. */
  revoked: 4004,
  /** Something that is needed does not answer. */
  failed: 4005,
  /** More was sent than the guest takes. */
  tooMuch: 4006,
} as const;
