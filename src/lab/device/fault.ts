/**
 * How a simulated device misbehaves. `slots` limits a fault to those rows (slots of a chassis, outlets of a PDU), where
 * it is about rows.
 *
 * - ack-stays-on: acknowledges every switching and does nothing, so that the state stays as it is
 * - lies-off: acknowledges "off", does nothing, and reads off from then on; what is not switched reads the truth
 * - reads-off: reads off at once, while the servers run
 * - silent: answers nothing
 * - wrong-community: knows no community and no user any more
 * - slow: answers after `delayMs`
 * - switches-late: acknowledges "off" at once, and does it after `delayMs` (default 60 s)
 * - flapping: the state alternates between on and off from one reading to the next
 * - garbage: the state is a value that no device knows (`value`, default 77)
 * - wrong-type: the state is a text
 * - wrong-oid: answers for another row than asked
 * - duplicate: sends every answer three times
 * - late: sends every answer, and once more after `delayMs`
 * - truncated: the table ends after its first row
 * - wrong-name: shows another server's name in the row, as after a board was put into another slot
 * - soft-off-ignored: the power button does nothing; hard off works
 * - refuses-set: answers every switching with an error
 */
export const faultModes = [
  "ack-stays-on",
  "lies-off",
  "reads-off",
  "silent",
  "wrong-community",
  "slow",
  "switches-late",
  "flapping",
  "garbage",
  "wrong-type",
  "wrong-oid",
  "duplicate",
  "late",
  "truncated",
  "wrong-name",
  "soft-off-ignored",
  "refuses-set",
] as const;

export type FaultMode = (typeof faultModes)[number];

export interface DeviceFault {
  readonly mode: FaultMode;
  readonly slots?: readonly number[];
  readonly delayMs?: number;
  readonly value?: number;
}

/** The fault in a value from outside; undefined when it is none. */
export function parseFault(value: unknown): DeviceFault | undefined {
  if (typeof value !== "object" || value === null || !("mode" in value)) return undefined;
  const { mode, slots, delayMs, value: state } = value as Record<string, unknown>;
  if (!faultModes.includes(mode as FaultMode)) return undefined;
  if (slots !== undefined && !(Array.isArray(slots) && slots.every((slot) => Number.isInteger(slot))))
    return undefined;
  if (delayMs !== undefined && !(typeof delayMs === "number" && delayMs >= 0)) return undefined;
  if (state !== undefined && !Number.isInteger(state)) return undefined;
  return {
    mode: mode as FaultMode,
    ...(slots === undefined ? {} : { slots: slots as readonly number[] }),
    ...(delayMs === undefined ? {} : { delayMs: delayMs as number }),
    ...(state === undefined ? {} : { value: state as number }),
  };
}
