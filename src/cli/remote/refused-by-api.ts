import { HavenError, isErrorCode } from "../../base/errors.ts";
import { eventLine } from "../../contract/event.ts";

/** An error as a cluster's API has told it, with the exit code that it has here; control characters are not believed. */
export function refusedByApi({
  code,
  message,
  hint,
}: {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}): HavenError {
  const told = {
    message: eventLine(message, 4000),
    hint: hint === undefined ? undefined : eventLine(hint, 1000),
  };
  return new HavenError(isErrorCode(code) ? code : "remote.refused", { message }, { told });
}
