import { eventLine } from "../contract/event.ts";

/** What has come of sending something. */
export interface Delivery {
  /**
   * `taken`: the server has it. `later`: it may be taken another time. `refused`: it never will be.
   */
  readonly outcome: "taken" | "later" | "refused";
  /** What the server said, or why it could not be asked; one line, without secrets. */
  readonly answer: string;
}

/** A line for logs and people, in which no secret stands, neither as it is nor as it goes over the wire. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]);
  const clean = forms
    .filter((form) => form !== "")
    .reduce((line, form) => line.replaceAll(form, "(secret)"), text);
  return eventLine(clean, 300);
}
