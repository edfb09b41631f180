import { ApiError } from "./api-error.ts";

/** An error for people: what is wrong, and what to do next where that is known. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
}
