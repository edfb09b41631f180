import type { DeviceFault } from "./fault.ts";

/** How long "off" takes under the fault switches-late, unless it says so. */
export const usualDelayMs = 60_000;

/** The rows of a simulated device that can be switched, and what faults make of what they tell and do. */
export abstract class SwitchedRows {
  readonly #liedAbout = new Set<number>();
  readonly #readings = new Map<number, number>();
  fault: DeviceFault | undefined;

  /** @param told What the device tells of a row that is on, and of one that is off */
  constructor(private readonly told: { readonly on: number; readonly off: number }) {}

  /** The rows that exist, lowest first. */
  abstract get rows(): readonly number[];

  /** The truth, as the device tells it. */
  abstract state(row: number): Promise<number>;

  /** Resolves when no switching is going on any more. */
  abstract idle(): Promise<void>;

  /** What a written command is: a switching to on or off, or something else. */
  protected abstract meaning(command: number): "on" | "off" | "other";

  /** Does what was written; returns at once, as the devices do, and switches in the background. */
  protected abstract perform(row: number, command: number): void;

  /** What the device tells, fault included; a text where the fault is a wrong type. */
  async toldState(row: number): Promise<number | string> {
    const fault = this.faultOf(row);
    if (this.#liedAbout.has(row) && fault?.mode === "lies-off") return this.told.off;
    switch (fault?.mode) {
      case "reads-off":
        return this.told.off;
      case "flapping":
        this.#readings.set(row, (this.#readings.get(row) ?? 0) + 1);
        return (this.#readings.get(row) ?? 0) % 2 === 0 ? this.told.on : this.told.off;
      case "garbage":
        return fault.value ?? 77;
      case "wrong-type":
        return "off";
      default:
        return await this.state(row);
    }
  }

  /** A command that was written for a row. */
  write(row: number, command: number): void {
    const mode = this.faultOf(row)?.mode;
    if (mode === "ack-stays-on") return;
    if (mode === "lies-off") {
      if (this.meaning(command) === "on") this.#liedAbout.delete(row);
      else this.#liedAbout.add(row);
      return;
    }
    this.perform(row, command);
  }

  /** Sets how the device misbehaves from now on; undefined heals it. */
  setFault(fault: DeviceFault | undefined): void {
    this.fault = fault;
    this.#liedAbout.clear();
  }

  /** The fault where it is about that row. */
  protected faultOf(row: number): DeviceFault | undefined {
    const { fault } = this;
    return fault?.slots === undefined || fault.slots.includes(row) ? fault : undefined;
  }

  /** Milliseconds that an "off" for this row waits before it is done. */
  protected delayOf(row: number): number {
    const fault = this.faultOf(row);
    return fault?.mode === "switches-late" ? (fault.delayMs ?? usualDelayMs) : 0;
  }
}
