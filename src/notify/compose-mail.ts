import { type EventKind, eventLine, type HavenEvent } from "../contract/event.ts";
import { noticeAdvice } from "./notice-advice.ts";
import { noticeId } from "./notice-id.ts";

/** Plain text for people, and what stands above it. */
export interface ComposedMail {
  readonly subject: string;
  readonly text: string;
  /** With its angle brackets. */
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MailFrame {
  readonly cluster: string;
  /** The node that sends it. */
  readonly sender: string;
  readonly from: string;
  /** What subjects begin with, as the settings have it. */
  readonly subject?: string | undefined;
  /** How many earlier events could not be sent. */
  readonly unsent?: number;
}

const defaultSubject = "[%cluster%][VM:%vm%]";
const longestSubject = 200;
/** So many events stand in a mail; the history has the rest. */
const mostListed = 200;
const mostAdvice = 8;

/** Words of kinds for the subject of several events. */
const words: Readonly<Partial<Record<EventKind, string>>> = {
  "vm.started": "started",
  "vm.stopped": "stopped",
  "vm.stop-forced": "stopped by force",
  "vm.migrated": "migrated",
  "vm.migration-failed": "not migrated",
  "vm.failed": "failed",
  "vm.gone": "gone",
  "vm.crashed": "crashed",
  "vm.io-error": "with an I/O error",
  "fence.succeeded": "fenced",
  "fence.failed": "not fenced",
  "fence.person": "waiting for a person",
  "resource.failed": "resources failed",
};

/** The mail that tells of events: one by itself, several as a digest. */
export function composeMail(events: readonly HavenEvent[], frame: MailFrame): ComposedMail {
  const [first] = events;
  const what = events.length === 1 && first !== undefined ? first.text : digestLine(events);
  const vms = [...new Set(events.flatMap(({ vm }) => vm ?? []))];
  const domain = frame.from.slice(frame.from.lastIndexOf("@") + 1);
  return {
    subject: eventLine(`${subjectStart(frame, vms)} ${what}`, longestSubject),
    text: `${bodyLines(events, frame).join("\n")}\n`,
    messageId: `<haven.${noticeId(events)}@${domain}>`,
    headers: {
      // RFC 3834: so that nobody's absence note answers.
      "Auto-Submitted": "auto-generated",
      "X-Haven-Cluster": eventLine(frame.cluster, 100),
      "X-Haven-Event": [...new Set(events.map(({ kind }) => kind))].slice(0, 10).join(" "),
    },
  };
}

/** What subjects of mail about some VMs, or about none, begin with. */
export function subjectStart(
  { subject = defaultSubject, cluster }: Pick<MailFrame, "subject" | "cluster">,
  vms: readonly string[],
): string {
  const shown = vms.slice(0, 3).join(",") + (vms.length > 3 ? `,+${vms.length - 3}` : "");
  const kept = vms.length > 0 ? subject : subject.replace(/\[[^[\]]*%vm%[^[\]]*\]/g, "");
  // Functions: a name with $& in it is no pattern.
  const filled = kept.replace(/%(vm|cluster)%/g, (_, name) => (name === "vm" ? shown : cluster));
  return eventLine(filled, 120);
}

function digestLine(events: readonly HavenEvent[]): string {
  const counts = Map.groupBy(events, ({ kind }) => words[kind as EventKind] ?? kind);
  const parts = [...counts]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([word, { length }]) => `${length} ${word}`);
  return `${events.length} events: ${parts.join(", ")}`;
}

function bodyLines(events: readonly HavenEvent[], frame: MailFrame): readonly string[] {
  const [first] = events;
  const single = events.length === 1 ? first : undefined;
  const { unsent = 0 } = frame;
  return [
    ...(single === undefined ? digest(events) : ofOne(single, frame)),
    "",
    "What to do next:",
    ...advice(events).map((line) => `  ${line}`),
    ...(unsent === 0 ? [] : ["", `${unsent} earlier events could not be sent: haven events`]),
    "",
    "-- ",
    `Haven on ${eventLine(frame.sender)}, cluster ${eventLine(frame.cluster)}`,
  ];
}

function ofOne({ text, vm, node, time, kind, severity }: HavenEvent, frame: MailFrame): readonly string[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["VM", vm],
    ["Node", node],
    ["When", when(time)],
    ["What", `${kind} (${severity})`],
    ["Cluster", frame.cluster],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(8)} ${eventLine(value)}`],
  );
  return [eventLine(text), "", ...lines];
}

function digest(events: readonly HavenEvent[]): readonly string[] {
  const listed = events.slice(0, mostListed);
  const more = events.length - listed.length;
  return [
    `${digestLine(events)}.`,
    "",
    ...listed.map(({ time, node, text }) => `${when(time)}  ${eventLine(node)}  ${eventLine(text)}`),
    ...(more === 0 ? [] : [`and ${more} more: haven events`]),
  ];
}

/** What is worst first. */
function advice(events: readonly HavenEvent[]): readonly string[] {
  const rank = { error: 0, warning: 1, info: 2 } as const;
  const sorted = [...events].sort((one, other) => rank[one.severity] - rank[other.severity]);
  const lines = [...new Set(sorted.flatMap((event) => noticeAdvice(event)))];
  return events.length === 1 ? lines : [...new Set(["haven status", ...lines])].slice(0, mostAdvice);
}

function when(time: number): string {
  return new Date(time)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}
