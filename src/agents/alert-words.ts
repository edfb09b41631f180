/** What Pacemaker gives the alert agent in its environment. Source: Pacemaker Explained, chapter Alerts. */
export type AlertEnvironment = Readonly<{ [name: string]: string | undefined }>;

/** A word of an alert by its name, less `CRM_alert_`: one line, and empty where there is none. */
export type AlertWord = (name: string) => string;

/** How an operation was carried out: the values of `status`. */
export const execution = {
  /** PCMK_EXEC_DONE: the agent has answered; its answer may be a failure. */
  answered: "0",
  /** PCMK_EXEC_CANCELLED: Pacemaker itself has ended it. */
  cancelled: "1",
  /** PCMK_EXEC_TIMEOUT */
  late: "2",
} as const;

/** What `crm_resource --fail` makes Pacemaker record: an administrator or the daemon tells of an end. */
export const reportedTask = "asyncmon";

export function alertWords(env: AlertEnvironment): AlertWord {
  return (name) => (env[`CRM_alert_${name}`] ?? "").replace(/[\p{Cc}\s]+/gu, " ").slice(0, 300);
}

/** A monitor that asks whether a resource runs at all. */
export function isProbe(word: AlertWord): boolean {
  return word("task") === "monitor" && Number(word("interval") || "0") === 0;
}

/** Whether a fencing has failed. */
export function fencingFailed(word: AlertWord): boolean {
  return word("rc") !== "0" && word("rc") !== "";
}

/** Why an operation has failed. */
export function failureReason(word: AlertWord): string {
  return word("status") === execution.late ? "timed out" : word("desc") || `code ${word("rc")}`;
}
