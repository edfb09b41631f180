import { HavenError } from "../base/errors.ts";

/** A row of the chassis' table, as far as its label says. */
export interface LabelledSlot {
  /** The row, which is what gets switched. */
  readonly slot: number;
  readonly label: string;
}

/** A label taken apart. */
export interface Label {
  /** The text before the first round bracket, without blanks around it; "" when there is none. */
  readonly host: string;
  /** The slot's number, where the bracket holds exactly one number. */
  readonly number: number | undefined;
}

/** Takes a label apart: "node1 (3)" is host node1 with slot 3. */
export function parseLabel(label: string): Label {
  const bracket = label.indexOf("(");
  const host = (bracket < 0 ? label : label.slice(0, bracket)).trim();
  const numbers = bracket < 0 ? [] : (label.slice(bracket).match(/(?<![\w.])\d+(?![\w.])/g) ?? []);
  const [only] = numbers;
  return {
    host,
    number: numbers.length === 1 && only !== undefined && only.length < 4 ? Number(only) : undefined,
  };
}

/**
 * The rows that a plug means: a host's name, exactly as the labels have it, or a slot's number, or several of
 * them with `separator` between. A server over several slots is always meant whole.
 *
 * Nothing is guessed: names that differ only in case, a short name beside the same name with a domain, a number
 * that a label contradicts, and a number that is only a part of a server, are errors, since switching half a
 * server, or another one, must never pass for fencing.
 *
 * @throws HavenError power.no-slot, power.ambiguous
 */
export function selectSlots<T extends LabelledSlot>(
  slots: readonly T[],
  plug: string,
  { device, separator = "," }: { readonly device: string; readonly separator?: string },
): readonly T[] {
  const ambiguous = (what: string): HavenError => new HavenError("power.ambiguous", { device, plug, what });
  // The whole text may be one host, also where it holds the separator.
  const whole = slots.filter((slot) => parseLabel(slot.label).host === plug.trim());
  const words = whole.length > 0 ? [plug.trim()] : plug.split(separator).map((word) => word.trim());
  const chosen = new Set<T>();
  for (const word of words) {
    const rows = word === "" ? [] : rowsOf(slots, word, ambiguous);
    if (rows.length === 0) {
      const labels = slots.map((slot) => `${slot.slot} "${slot.label}"`).join(", ");
      throw new HavenError("power.no-slot", { device, plug: word === "" ? "an empty name" : word, labels });
    }
    for (const row of rows) chosen.add(row);
  }
  refusePart(slots, chosen, ambiguous);
  return slots.filter((slot) => chosen.has(slot));
}

function rowsOf<T extends LabelledSlot>(
  slots: readonly T[],
  word: string,
  ambiguous: (what: string) => HavenError,
): readonly T[] {
  const named = slots.filter((slot) => parseLabel(slot.label).host === word);
  const numbered = /^\d{1,3}$/.test(word) ? numberedRows(slots, Number(word), ambiguous) : [];
  if (named.length === 0) return numbered;
  if (numbered.some((row) => !named.includes(row))) {
    throw ambiguous("it is the name of one server and the number of another slot");
  }
  return named;
}

/** The row of a slot's number: labels that name a number must agree with the row they stand in. */
function numberedRows<T extends LabelledSlot>(
  slots: readonly T[],
  number: number,
  ambiguous: (what: string) => HavenError,
): readonly T[] {
  const rows = slots.filter((slot) => slot.slot === number || parseLabel(slot.label).number === number);
  const wrong = rows.find(
    (row) => row.slot !== number || (parseLabel(row.label).number ?? number) !== number,
  );
  if (wrong !== undefined) throw ambiguous(`the slot in row ${wrong.slot} is labelled "${wrong.label}"`);
  return rows;
}

/** Refuses a choice that leaves out a slot which may belong to a chosen server. */
function refusePart<T extends LabelledSlot>(
  slots: readonly T[],
  chosen: ReadonlySet<T>,
  ambiguous: (what: string) => HavenError,
): void {
  const names = new Set([...chosen].map((slot) => parseLabel(slot.label).host).filter((host) => host !== ""));
  for (const slot of slots) {
    if (chosen.has(slot)) continue;
    const { host } = parseLabel(slot.label);
    const like = host === "" ? undefined : [...names].find((name) => mayBeSame(name, host));
    if (like !== undefined) throw ambiguous(`slot ${slot.slot} is labelled "${slot.label}" as well`);
  }
}

/** Same name but for case, or one is the other's first part: node1 and node1.example.org. */
function mayBeSame(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  if (left === right) return true;
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  return !short.includes(".") && long.startsWith(`${short}.`);
}
