import { type Clock, systemClock } from "../base/clock.ts";
import { HavenError, isHavenError } from "../base/errors.ts";
import { parseLabel, selectSlots } from "./chassis-labels.ts";
import { type ChassisModel, chassisOids, chassisSignatures, meaningOf, modelOf } from "./chassis-table.ts";
import type { Snmp, SnmpValue } from "./snmp.ts";

/** A slot as the chassis tells it. */
export interface ChassisSlot {
  /** The row of the table, which is what gets switched. */
  readonly slot: number;
  readonly label: string;
  /** The label's text before a round bracket, "" when there is none. */
  readonly host: string;
  /** The state as a number, and what it means. */
  readonly state: number;
  readonly power: "on" | "off" | "unknown";
}

export interface ChassisOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Between several slots or servers in one plug; default a comma. */
  readonly separator?: string;
}

// Real modules have 14; a device that never ends its table must not keep us.
const maxSlots = 64;
// Requests with many objects are refused by some modules.
const objectsPerRequest = 8;
// With a label and a state each.
const rowsPerRequest = objectsPerRequest / 2;

/** A BladeCenter or Flex System management module: what it says of its slots, and how they are switched. */
export class Chassis {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly #separator: string;
  #rowsAtOnce = rowsPerRequest;

  constructor(
    private readonly snmp: Snmp,
    options: ChassisOptions = {},
  ) {
    this.clock = options.clock ?? systemClock;
    this.signal = options.signal;
    this.#separator = options.separator ?? ",";
  }

  get device(): string {
    return this.snmp.device;
  }

  /**
   * Which of the two devices it is.
   * @throws HavenError power.signature when it is something else
   */
  async identify(): Promise<ChassisModel> {
    const [answer] = await this.snmp.get([chassisOids.signature]);
    const signature = this.#text(answer);
    const model = modelOf(signature);
    if (model !== undefined) return model;
    const expected = Object.values(chassisSignatures).join(", ");
    throw new HavenError("power.signature", { device: this.device, found: printable(signature), expected });
  }

  /**
   * All slots, read in one pass over labels and states: several rows with each request, and one after the other with a
   * device that has once not answered so well.
   *
   * @throws HavenError power.answer when the table has holes, ends too early or holds the wrong types
   */
  async slots(): Promise<readonly ChassisSlot[]> {
    if (this.#rowsAtOnce > 1) {
      try {
        return await this.#readSlots();
      } catch (error) {
        if (isHavenError(error, "interrupted")) throw error;
        this.#rowsAtOnce = 1;
      }
    }
    return await this.#readSlots();
  }

  /**
   * Nobody knows a row before the one in front of it was read, so the rows behind are guessed to follow without a gap.
   * A wrong guess does no harm: what is asked for is never past what is known, so an answer is a row that is known
   * already, or the very next one.
   */
  async #readSlots(): Promise<readonly ChassisSlot[]> {
    const slots: ChassisSlot[] = [];
    let last = 0;
    for (;;) {
      const asked = Array.from({ length: this.#rowsAtOnce }, (_, ahead) => last + ahead);
      const answers = await this.snmp.next(
        asked.flatMap((row) => [
          row === 0 ? chassisOids.label : `${chassisOids.label}.${row}`,
          row === 0 ? chassisOids.state : `${chassisOids.state}.${row}`,
        ]),
      );
      for (const at of asked.keys()) {
        const slot = this.#slot(answers[2 * at], answers[2 * at + 1]);
        if (slot === undefined) {
          if (slots.length === 0) throw this.#wrong("no slots at all");
          return slots;
        }
        if (slot.slot > last) {
          last = slot.slot;
          slots.push(slot);
          if (slots.length > maxSlots) throw this.#wrong(`more than ${maxSlots} slots`);
        } else if (!slots.some((one) => one.slot === slot.slot && isSame(one, slot))) {
          throw this.#wrong(`two different answers for row ${slot.slot}`);
        }
      }
    }
  }

  /** The slot of a label and a state, which must be of one row; undefined past the end of the table. */
  #slot(label: SnmpValue | undefined, state: SnmpValue | undefined): ChassisSlot | undefined {
    if (label === undefined || state === undefined) throw this.#wrong("an empty answer");
    // Both columns have neighbours after them in the same table: the end of everything is not their end.
    const row = this.#row(label, chassisOids.label);
    const stateRow = this.#row(state, chassisOids.state);
    if (row !== stateRow) throw this.#wrong(`a label in row ${row} beside a state in row ${stateRow}`);
    if (row === undefined) return undefined;
    const text = printable(this.#text(label));
    const number = this.#integer(state);
    return { slot: row, label: text, host: parseLabel(text).host, state: number, power: meaningOf(number) };
  }

  /** The slots of a plug: a host's name or slot numbers. @throws what `slots` and `selectSlots` throw */
  async find(plug: string): Promise<readonly ChassisSlot[]> {
    return selectSlots(await this.slots(), plug, { device: this.device, separator: this.#separator });
  }

  /**
   * Whether a server is on: "off" only when all its slots are, "on" only when all are.
   * @throws HavenError power.state when they differ or one is unknown
   */
  async status(plug: string): Promise<"on" | "off"> {
    const slots = await this.find(plug);
    const [power] = new Set(slots.map((slot) => slot.power));
    if (power !== undefined && power !== "unknown" && slots.every((slot) => slot.power === power))
      return power;
    throw new HavenError("power.state", { device: this.device, plug, what: describe(slots) });
  }

  /** The states of the given slots, by slot. */
  async states(slots: readonly { readonly slot: number }[]): Promise<ReadonlyMap<number, number>> {
    const states = new Map<number, number>();
    for (let i = 0; i < slots.length; i += objectsPerRequest) {
      const part = slots.slice(i, i + objectsPerRequest);
      const values = await this.snmp.get(part.map(({ slot }) => `${chassisOids.state}.${slot}`));
      for (const [k, { slot }] of part.entries()) states.set(slot, this.#integer(values[k]));
    }
    return states;
  }

  /** Writes a slot's power control. An acknowledgement says nothing about what happens. */
  async switch(slot: number, state: number): Promise<void> {
    await this.snmp.set(`${chassisOids.control}.${slot}`, state);
  }

  close(): void {
    this.snmp.close();
  }

  /** The row of a value; undefined when it stands past the column. */
  #row({ oid, value }: SnmpValue, column: string): number | undefined {
    if (typeof value === "object" && "type" in value && value.type === "end") {
      throw this.#wrong("the table ends before its last column");
    }
    if (!oid.startsWith(`${column}.`)) return undefined;
    const row = oid.slice(column.length + 1);
    if (!/^[1-9]\d{0,3}$/.test(row)) throw this.#wrong(`the row ${row}`);
    return Number(row);
  }

  #text(answer: SnmpValue | undefined): string {
    const value = answer?.value;
    if (!(value instanceof Uint8Array)) throw this.#wrong(`no text at ${answer?.oid}`);
    return Buffer.from(value).toString("utf8");
  }

  #integer(answer: SnmpValue | undefined): number {
    if (typeof answer?.value !== "number") throw this.#wrong(`no integer at ${answer?.oid}`);
    return answer.value;
  }

  #wrong(what: string): HavenError {
    return new HavenError("power.answer", { device: this.device, what });
  }
}

/** "slot 3 on, slot 4 unknown (2)". */
export function describe(slots: readonly Pick<ChassisSlot, "slot" | "state" | "power">[]): string {
  return slots
    .map(({ slot, state, power }) => `slot ${slot} ${power === "unknown" ? `in the state ${state}` : power}`)
    .join(", ");
}

function isSame(one: ChassisSlot, other: ChassisSlot): boolean {
  return one.label === other.label && one.state === other.state;
}

/** True for an error that a second try cannot mend. */
export function isFinal(error: unknown): boolean {
  return (
    !isHavenError(error) ||
    ["power.denied", "power.ambiguous", "power.no-slot", "interrupted"].includes(error.code)
  );
}

/** The text without what would break a line or a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "").trim();
}
