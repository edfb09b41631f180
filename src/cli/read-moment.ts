import { HavenError } from "../base/errors.ts";

const units: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * A moment that somebody typed: so long ago (`90s`, `30min`, `2h`, `7d`, `1w`), or a time of this machine's
 * (`2026-11-27`, `"2026-11-27 15:14"`), or with a zone (`2026-11-27T15:14:03Z`).
 *
 * @param direction `ahead`: a span is counted from now on, not back
 * @returns milliseconds since 1970
 * @throws HavenError usage
 */
export function readMoment(
  option: string,
  text: string,
  now: number,
  direction: "back" | "ahead" = "back",
): number {
  const [, count, unit = ""] = /^(\d{1,9})\s*(s|min|m|h|d|w)$/.exec(text.trim()) ?? [];
  const span = Number(count ?? 0) * (units[unit] ?? 0);
  // JavaScript's time ends in the year 275760.
  if (count !== undefined && span < 1e15) return direction === "back" ? now - span : now + span;
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim()) ??
    [];
  const moment = Date.parse(day === undefined ? "" : `${day}T${time ?? "00:00"}${zone ?? ""}`);
  if (Number.isFinite(moment)) return moment;
  const how = direction === "back" ? "how long ago" : "how long from now on";
  throw new HavenError("usage", {
    what: `Option ${option}: expected a time (2026-11-27 15:14) or ${how} (90s, 30min, 2h, 7d), found '${text}'`,
  });
}
