const units: Readonly<Record<string, number>> = {
  ms: 0.001,
  msec: 0.001,
  us: 0.000001,
  usec: 0.000001,
  "": 1,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  hr: 3600,
};

/**
 * Seconds of a time as Pacemaker's configuration has it, "90", "90s", "2min"; undefined for what it is not.
 * Source: pcmk__parse_interval_spec and crm_get_msec; ISO 8601 durations are not among them here.
 */
export function pacemakerSeconds(text: string | undefined): number | undefined {
  const [, number, unit = ""] = /^\s*(\d{1,9})\s*([a-z]*)\s*$/i.exec(text ?? "") ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
