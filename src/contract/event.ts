export type EventSeverity = "info" | "warning" | "error";

/** What can happen, each with how much it matters. Kinds are added, not renamed: histories of years hold them. */
export const eventKinds = {
  "vm.started": "info",
  "vm.stopped": "info",
  "vm.stop-forced": "warning",
  "vm.left": "info",
  "vm.migrated": "info",
  "vm.migration-failed": "warning",
  "vm.failed": "error",
  "vm.gone": "error",
  "vm.crashed": "error",
  "vm.io-error": "error",
  "vm.watchdog": "warning",
  "vm.control-lost": "warning",
  "vm.rebooted": "info",
  "vm.paused": "info",
  "vm.block-job": "info",
  "vm.block-job-failed": "warning",
  "node.joined": "info",
  "node.lost": "error",
  "link.down": "warning",
  "link.up": "info",
  "fence.succeeded": "warning",
  "fence.failed": "error",
  "fence.person": "error",
  "resource.failed": "error",
  "power.on-battery": "warning",
  "power.low-battery": "error",
  "power.online": "info",
  "power.shed": "warning",
  "power.restored": "info",
  "power.failed": "error",
  "change.made": "info",
  "change.console-opened": "info",
  "change.by-hand": "info",
  "change.uploaded": "info",
  "guest.ready": "info",
  "guest.heartbeat-lost": "error",
  "guest.fence-asked": "warning",
  "guest.fence-done": "warning",
  "guest.fence-failed": "error",
  "guest.fence-refused": "warning",
  "login.succeeded": "info",
  "login.failed": "warning",
  "login.locked": "warning",
  "login.ended": "info",
  "daemon.started": "info",
  "history.broken": "error",
  "history.dropped": "warning",
  "notice.unsent": "warning",
  "drill.passed": "info",
  "drill.failed": "error",
} as const satisfies Readonly<Record<string, EventSeverity>>;

export type EventKind = keyof typeof eventKinds;

/** What the kinds begin with that tell what people do with Haven: for administrators only. */
export const auditKinds = ["change.", "login."] as const;

/** Whether an event of that kind tells what people do with Haven. */
export function isAudit(kind: string): boolean {
  return auditKinds.some((prefix) => kind.startsWith(prefix));
}

/** JSON: what a program may want to know besides the line. */
export type EventData = Readonly<Record<string, unknown>>;

/** Something that has happened, before a history has taken it in. */
export interface NewEvent {
  /** Milliseconds since 1970, by the clock of the node that tells it. */
  readonly time: number;
  /** The node that it happened on, or happened to. */
  readonly node: string;
  /** One of `eventKinds`; another one only where a later version of Haven has left it. */
  readonly kind: string;
  /** The VM's name, without the `vm-` of its resource. */
  readonly vm?: string;
  /** What else it happened to: a resource, a device. */
  readonly subject?: string;
  /** One line that says it all. */
  readonly text: string;
  readonly data?: EventData;
}

/** An event of a node's history. */
export interface HavenEvent extends NewEvent {
  /** Its number in the history of one node, in the order in which they were taken in. */
  readonly id: number;
  /** Tells it from any other event of any node. */
  readonly key: string;
  readonly severity: EventSeverity;
}

/** An event as the cluster knows it. */
export interface ClusterEvent extends HavenEvent {
  /** The nodes whose histories hold it; its id is of the first. */
  readonly from: readonly string[];
}

/** A node whose history could not be read. */
export interface SilentNode {
  readonly node: string;
  readonly why: string;
}

/** What `haven events --json`, `haven audit --json` and the API's events are. */
export interface EventReport {
  /** The nodes whose histories were read. */
  readonly nodes: readonly string[];
  /** Those whose were not: what only they know is missing. */
  readonly silent: readonly SilentNode[];
  /** The oldest first. */
  readonly events: readonly ClusterEvent[];
}

export const eventLimits = { name: 253, text: 500, dataBytes: 16 * 1024, dataDepth: 6 } as const;

/**
 * One printable line of text from anywhere: guests and other programs are not trusted, and what they say could change
 * a terminal or a log, or look as if it read in another order.
 */
export function eventLine(text: string, longest: number = eventLimits.text): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** How much a kind matters; what a later version has left is news. */
export function eventSeverity(kind: string): EventSeverity {
  return Object.hasOwn(eventKinds, kind) ? eventKinds[kind as EventKind] : "info";
}

/** An event from outside, with its text cleaned; undefined when it is none. */
export function readEvent(value: unknown): NewEvent | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { time, node, kind, vm, subject, text, data } = value as { readonly [key: string]: unknown };
  if (typeof time !== "number" || !Number.isSafeInteger(time) || time < 0) return undefined;
  if (typeof kind !== "string" || kind.length > 64 || !/^[a-z]+(\.[a-z]+(-[a-z]+)*)+$/.test(kind))
    return undefined;
  if (typeof node !== "string" || typeof text !== "string" || !isName(vm) || !isName(subject))
    return undefined;
  const [cleanNode, cleanText] = [eventLine(node, eventLimits.name), eventLine(text)];
  if (cleanNode === "" || cleanText === "") return undefined;
  const [cleanVm, cleanSubject] = [vm, subject].map((name) => eventLine(name ?? "", eventLimits.name));
  const cleaned = data === undefined || data === null ? undefined : readData(data);
  return {
    time,
    node: cleanNode,
    kind,
    ...(cleanVm ? { vm: cleanVm } : {}),
    ...(cleanSubject ? { subject: cleanSubject } : {}),
    text: cleanText,
    ...(cleaned === undefined ? {} : { data: cleaned }),
  };
}

function isName(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

/** Data within its bounds; of what is larger only that it was. */
export function readData(value: unknown): EventData | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const clean = cleanJson(value, eventLimits.dataDepth) as EventData;
  return new TextEncoder().encode(JSON.stringify(clean)).length <= eventLimits.dataBytes
    ? clean
    : { cut: true };
}

function cleanJson(value: unknown, depth: number): unknown {
  if (typeof value === "string") return eventLine(value, 2000);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || value === null) return value;
  if (depth <= 0 || typeof value !== "object") return null;
  if (Array.isArray(value)) return value.map((item) => cleanJson(item, depth - 1));
  const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(pairs.map(([name, item]) => [eventLine(name, 100), cleanJson(item, depth - 1)]));
}
