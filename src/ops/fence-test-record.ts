/**
 * What a node's tests of its fencing have found, as permanent attributes of that node: one line each, to be read by
 * people too, and by every tool. Their names must not begin with `haven-fence-`, where agents leave why they failed.
 */

/** The attribute with the last test that shot the node. */
export const powerTestAttribute = "haven-test-power";
/** The attribute with the last test that asked each device from the other nodes. */
export const reachTestAttribute = "haven-test-reach";

/** The node was shot, or was to be. */
export interface PowerTest {
  /** Milliseconds since 1970, without fractions of a second. */
  readonly time: number;
  readonly ok: boolean;
  /** Seconds from the order until the device had done it; undefined where it never had. */
  readonly offSeconds: number | undefined;
  /** Seconds from the order until the node was a member of the cluster again, and online. */
  readonly wholeSeconds: number | undefined;
  /** The devices that were to do it: with several in an escalation Pacemaker does not say which of them did. */
  readonly devices: readonly string[];
  /** The node that carried it out. */
  readonly from: string | undefined;
  /** Why it failed. */
  readonly why: string | undefined;
}

/** A device as other nodes reach it. */
export interface Reach {
  readonly device: string;
  /** Nodes from which it told the state of the server. */
  readonly from: readonly string[];
  /** Nodes that tried, and got no answer. */
  readonly notFrom: readonly string[];
}

export interface ReachTest {
  readonly time: number;
  readonly reaches: readonly Reach[];
}

/** "2026-11-27T20:45:54Z ok off=3.4 whole=8.0 device=fence-node1 from=node2", a failure with `why=` at its end. */
export function writePowerTest(test: PowerTest): string {
  const { time, ok, offSeconds, wholeSeconds, devices, from, why } = test;
  const words = [plainTime(time), ok ? "ok" : "failed"];
  if (offSeconds !== undefined) words.push(`off=${offSeconds.toFixed(1)}`);
  if (wholeSeconds !== undefined) words.push(`whole=${wholeSeconds.toFixed(1)}`);
  if (devices.length > 0) words.push(`device=${devices.join(",")}`);
  if (from !== undefined) words.push(`from=${from}`);
  if (why !== undefined) words.push(`why=${why.replace(/[\p{Cc}\s]+/gu, " ").slice(0, 300)}`);
  return words.join(" ");
}

/** Undefined for what is no such line: it proves nothing. */
export function readPowerTest(line: string | undefined): PowerTest | undefined {
  const [, when = "", outcome, rest = ""] = /^(\S+) (ok|failed)(?: (.*))?$/.exec(line ?? "") ?? [];
  const time = readTime(when);
  if (time === undefined) return undefined;
  const [facts = "", why] = rest.split(/(?:^| )why=/, 2);
  const value = (name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S+)`).exec(facts)?.[1];
  return {
    time,
    ok: outcome === "ok",
    offSeconds: seconds(value("off")),
    wholeSeconds: seconds(value("whole")),
    devices: names(value("device")),
    from: value("from"),
    why: why === "" ? undefined : why,
  };
}

/** "2026-11-27T20:45:54Z fence-node1=node2,!node3": with `!` a node that got no answer. */
export function writeReachTest({ time, reaches }: ReachTest): string {
  const words = reaches.map(
    ({ device, from, notFrom }) => `${device}=${[...from, ...notFrom.map((node) => `!${node}`)].join(",")}`,
  );
  return [plainTime(time), ...words].join(" ");
}

/** Undefined for what is no such line. */
export function readReachTest(line: string | undefined): ReachTest | undefined {
  const [when = "", ...words] = (line ?? "").split(" ");
  const time = readTime(when);
  if (time === undefined) return undefined;
  const reaches = words.flatMap((word): Reach[] => {
    const at = word.indexOf("=");
    if (at <= 0) return [];
    const nodes = names(word.slice(at + 1));
    return [
      {
        device: word.slice(0, at),
        from: nodes.filter((node) => !node.startsWith("!")),
        notFrom: nodes.filter((node) => node.startsWith("!")).map((node) => node.slice(1)),
      },
    ];
  });
  return { time, reaches };
}

function plainTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

function readTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function names(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((name) => name !== "");
}
