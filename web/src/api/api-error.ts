export interface ApiErrorFacts {
  /** HTTP's; 0 where there was no answer. */
  readonly status: number;
  /** The API's own word. */
  readonly code: string;
  /** What to do next. */
  readonly hint?: string | undefined;
}

/** What the API has refused, or why it could not be asked. Its message is for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, { status, code, hint }: ApiErrorFacts) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}
