import type { AgentParameter } from "./agent-metadata.ts";

/** What a parameter's or option's value should be, to be read after "expected"; undefined where it is right. */
export function expectedValue(
  { type, choices, default: preset }: Pick<AgentParameter, "type" | "choices" | "default">,
  value: string,
): string | undefined {
  if (choices.length > 0) {
    if (choices.some((one) => one.toLowerCase() === value.toLowerCase())) return undefined;
    return `one of ${choices.join(", ")}`;
  }
  const isScore = type === "score" || /INFINITY/.test(preset ?? "");
  if (isScore && /^([+-]?INFINITY|[+-]?\d{1,7}|red|yellow|green)$/i.test(value)) return undefined;
  if (isScore) return "a whole number, INFINITY or -INFINITY";
  if (type === "integer") return /^-?\d{1,10}$/.test(value) ? undefined : "a whole number";
  if (type === "second") return /^\d{1,7}$/.test(value) ? undefined : "a number of seconds";
  if (type === "time" || type === "duration") {
    const isTime =
      /^-?\d{1,9}\s*(ms|msec|us|usec|s|sec|m|min|h|hr)?$/.test(value) || /^P[\dTYMWDHS]+$/.test(value);
    return isTime ? undefined : "a time such as 30s or 5min";
  }
  if (type === "percentage") return /^\d{1,3}%?$/.test(value) ? undefined : "a percentage such as 80%";
  if (type !== "boolean") return undefined;
  return /^(1|0|true|false|yes|no|on|off)$/i.test(value) ? undefined : "1 or 0";
}
