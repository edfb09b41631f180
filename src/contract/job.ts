/** Something that takes longer than a request. The daemon that it was asked of has it, until that one ends. */
export interface Job {
  readonly id: string;
  /** The words of the command that it stands for: vm, move, web1. */
  readonly what: readonly string[];
  /** Who has asked for it: `token NAME`, or a user who has logged in. */
  readonly by: string;
  /** The `request-id` of the request. */
  readonly request: string;
  readonly state: "running" | "done" | "failed";
  /** What is being done or waited for, as one line. */
  readonly progress: string | undefined;
  /** ISO 8601. */
  readonly created: string;
  readonly ended: string | undefined;
  /** As the command prints with --json. */
  readonly result: unknown;
  readonly error: JobError | undefined;
  /** The node whose daemon has it, where that is not the one that was asked: this one's stream of changes tells nothing of it. */
  readonly node?: string;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** What would have had to be agreed to, where that is why it failed. */
  readonly asked: JobQuestion | undefined;
}

export interface JobQuestion {
  readonly question: string;
  /** What would follow. */
  readonly lines: readonly string[];
}
