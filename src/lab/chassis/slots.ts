import { powerState } from "../../power/chassis-table.ts";
import type { ChassisFault, ChassisHooks, SimulatedSlot } from "./types.ts";

interface Slot {
  readonly slot: number;
  readonly host: string;
  label: string;
  /** Whether the slot itself gives power; a server over several slots needs it from all of them. */
  powered: boolean;
  /** A switching that is going on; the state changes when it is done. */
  busy: Promise<void> | undefined;
}

/** The slots of a simulated chassis: their labels, their power, and what faults make of both. */
export class SimulatedSlots {
  readonly #slots: readonly Slot[];
  readonly #hooks: ChassisHooks;
  readonly #onError: (error: unknown) => void;
  readonly #liedAbout = new Set<number>();
  readonly #readings = new Map<number, number>();
  fault: ChassisFault | undefined;

  constructor(slots: readonly SimulatedSlot[], hooks: ChassisHooks, onError: (error: unknown) => void) {
    this.#hooks = hooks;
    this.#onError = onError;
    this.#slots = [...slots]
      .sort((a, b) => a.slot - b.slot)
      .map(({ slot, host, label }) => ({
        slot,
        host,
        label: label ?? `${host} (${slot})`,
        powered: true,
        busy: undefined,
      }));
  }

  /** The rows that exist, lowest first. */
  get rows(): readonly number[] {
    return this.#slots.map(({ slot }) => slot);
  }

  label(row: number): string {
    return this.#slot(row).label;
  }

  relabel(row: number, label: string): void {
    this.#slot(row).label = label;
  }

  /** The truth: 1 when the server in that slot has power. */
  async state(row: number): Promise<number> {
    const slot = this.#slot(row);
    const on = await this.#hooks.isOn(slot.host);
    // The server was switched on another way than through this chassis.
    if (on && slot.busy === undefined) slot.powered = true;
    return on && slot.powered ? powerState.on : powerState.off;
  }

  /** What the chassis tells, fault included; a text where the fault is a wrong type. */
  async toldState(row: number): Promise<number | string> {
    const fault = this.#faultOf(row);
    if (this.#liedAbout.has(row) && fault?.mode === "lies-off") return powerState.off;
    switch (fault?.mode) {
      case "reads-off":
        return powerState.off;
      case "flapping":
        this.#readings.set(row, (this.#readings.get(row) ?? 0) + 1);
        return (this.#readings.get(row) ?? 0) % 2 === 0 ? powerState.on : powerState.off;
      case "garbage":
        return fault.value ?? 77;
      case "wrong-type":
        return "off";
      default:
        return await this.state(row);
    }
  }

  /** A write to the power control; returns at once, as the devices do, and switches in the background. */
  write(row: number, state: number): void {
    const slot = this.#slot(row);
    const mode = this.#faultOf(row)?.mode;
    if (mode === "ack-stays-on") return;
    if (mode === "lies-off") {
      if (state === powerState.on) this.#liedAbout.delete(row);
      else this.#liedAbout.add(row);
      return;
    }
    if (state === powerState.softOff && mode === "soft-off-ignored") return;
    const before = slot.busy ?? Promise.resolve();
    // Soft-off may take as long as a server likes: hard off does not wait for it.
    const start = state === powerState.off ? Promise.resolve() : before;
    const busy = start
      .then(() => this.#switch(slot, state))
      .catch(this.#onError)
      .finally(() => {
        if (slot.busy === busy) slot.busy = undefined;
      });
    slot.busy = busy;
  }

  /** Resolves when no switching is going on any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#slots.map(({ busy }) => busy));
  }

  forgetLies(): void {
    this.#liedAbout.clear();
  }

  async #switch(slot: Slot, state: number): Promise<void> {
    if (state === powerState.softOff) {
      await this.#hooks.softOff?.(slot.host);
      if (!(await this.#hooks.isOn(slot.host))) slot.powered = false;
    } else if (state === powerState.off) {
      slot.powered = false;
      await this.#hooks.powerOff(slot.host);
    } else if (state === powerState.on) {
      slot.powered = true;
      const whole = this.#slots.filter(({ host }) => host === slot.host);
      const on = await this.#hooks.isOn(slot.host);
      if (!on && whole.every(({ powered }) => powered)) await this.#hooks.powerOn(slot.host);
    }
  }

  #faultOf(row: number): ChassisFault | undefined {
    const { fault } = this;
    return fault?.slots === undefined || fault.slots.includes(row) ? fault : undefined;
  }

  #slot(row: number): Slot {
    const slot = this.#slots.find((one) => one.slot === row);
    if (slot === undefined) throw new Error(`No slot ${row}`);
    return slot;
  }
}
