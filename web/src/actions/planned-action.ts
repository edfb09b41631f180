/** What a person may have done to a VM or a node: what is sent, and what is said about it. */
export interface PlannedAction {
  /** As a button has it. */
  readonly label: string;
  /** Read before the names: "Stop web1?" */
  readonly title: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The effect can be simulated before it happens. */
  readonly hasDryRun: boolean;
  /** It is answered at once, without a job. */
  readonly isAtOnce: boolean;
  /** What it does, where nothing is simulated or the effect does not say it. */
  readonly warning: string | undefined;
  readonly isDanger: boolean;
  /** The VM or node. */
  readonly subject: string;
  /** POST unless given. */
  readonly method?: "PUT";
  /** The state that it changes, as the API has told it with that tag. */
  readonly ifMatch?: string;
  /** The subject's name is to be typed first, and is sent as `confirm`: nothing brings back what this does by mistake. */
  readonly isTyped?: true;
  /** What has become of it, where that is not just done. */
  readonly outcome?: (result: unknown) => ActionOutcome | undefined;
}

export interface ActionOutcome {
  readonly variant: "success" | "danger";
  readonly text: string;
}
