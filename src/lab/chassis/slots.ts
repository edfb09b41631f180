import { powerState } from "../../power/chassis-table.ts";
import type { MibObject } from "../device/mib-object.ts";
import type { PowerHooks } from "../device/power-hooks.ts";
import { SwitchedRows } from "../device/switched-rows.ts";
import { mibObjects } from "./mib.ts";
import type { SimulatedSlot } from "./types.ts";

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
export class SimulatedSlots extends SwitchedRows {
  readonly #signature: string;
  readonly #slots: readonly Slot[];
  readonly #hooks: PowerHooks;
  readonly #onError: (error: unknown) => void;

  constructor(
    signature: string,
    slots: readonly SimulatedSlot[],
    hooks: PowerHooks,
    onError: (error: unknown) => void,
  ) {
    super(powerState);
    this.#signature = signature;
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

  override get rows(): readonly number[] {
    return this.#slots.map(({ slot }) => slot);
  }

  /** The module's objects, in the order of their names. */
  objects(): readonly MibObject[] {
    return mibObjects(this.#signature, this);
  }

  /** What the module shows as the server's name, fault included. */
  label(row: number): string {
    return this.faultOf(row)?.mode === "wrong-name" ? `spare (${row})` : this.#slot(row).label;
  }

  relabel(row: number, label: string): void {
    this.#slot(row).label = label;
  }

  /** The truth: 1 when the server in that slot has power. */
  override async state(row: number): Promise<number> {
    const slot = this.#slot(row);
    const on = await this.#hooks.isOn(slot.host);
    // The server was switched on another way than through this chassis.
    if (on && slot.busy === undefined) slot.powered = true;
    return on && slot.powered ? powerState.on : powerState.off;
  }

  protected override meaning(command: number): "on" | "off" | "other" {
    if (command === powerState.on) return "on";
    return command === powerState.off ? "off" : "other";
  }

  protected override perform(row: number, state: number): void {
    const slot = this.#slot(row);
    if (state === powerState.softOff && this.faultOf(row)?.mode === "soft-off-ignored") return;
    const before = slot.busy ?? Promise.resolve();
    // Soft-off may take as long as a server likes: hard off does not wait for it.
    const start = state === powerState.off ? Bun.sleep(this.delayOf(row)) : before;
    const busy = start
      .then(() => this.#switch(slot, state))
      .catch(this.#onError)
      .finally(() => {
        if (slot.busy === busy) slot.busy = undefined;
      });
    slot.busy = busy;
  }

  override async idle(): Promise<void> {
    await Promise.all(this.#slots.map(({ busy }) => busy));
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

  #slot(row: number): Slot {
    const slot = this.#slots.find((one) => one.slot === row);
    if (slot === undefined) throw new Error(`No slot ${row}`);
    return slot;
  }
}
