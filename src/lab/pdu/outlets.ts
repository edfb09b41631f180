import { columnOf, inOrder, type MibObject } from "../device/mib-object.ts";
import type { PowerHooks } from "../device/power-hooks.ts";
import { SwitchedRows } from "../device/switched-rows.ts";
import { outletState, pduKind, pduOids } from "./pdu-oids.ts";

/** An outlet, and the server that one of whose power supplies is plugged in there. */
export interface SimulatedOutlet {
  /** The row of the table, 1 and on. */
  readonly outlet: number;
  readonly host: string;
}

interface Outlet extends SimulatedOutlet {
  /** "node1-A" for the first supply of node1. */
  readonly name: string;
  on: boolean;
}

/**
 * The outlets of a simulated PDU. A server with several power supplies has power while one of its outlets gives it: it
 * dies with the last.
 */
export class SimulatedOutlets extends SwitchedRows {
  readonly #outlets: readonly Outlet[];
  readonly #hooks: PowerHooks;
  readonly #onError: (error: unknown) => void;
  /** Switchings that are going on, by host: one after the other. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(outlets: readonly SimulatedOutlet[], hooks: PowerHooks, onError: (error: unknown) => void) {
    super(outletState);
    this.#hooks = hooks;
    this.#onError = onError;
    const supplies = new Map<string, number>();
    this.#outlets = outlets
      .toSorted((a, b) => a.outlet - b.outlet)
      .map(({ outlet, host }) => {
        const supply = supplies.get(host) ?? 0;
        supplies.set(host, supply + 1);
        return { outlet, host, name: `${host}-${String.fromCharCode(65 + supply)}`, on: true };
      });
  }

  override get rows(): readonly number[] {
    return this.#outlets.map(({ outlet }) => outlet);
  }

  /** The PDU's objects, in the order of their names. */
  objects(): readonly MibObject[] {
    const { rows } = this;
    const told = (row: number) => this.toldState(row);
    const { on, off } = outletState;
    const columns = [
      columnOf(pduOids.name, rows, (row) => this.#outlet(row).name),
      columnOf(pduOids.state, rows, told),
      columnOf(pduOids.control, rows, told, [on, off]),
    ];
    const truncated = this.fault?.mode === "truncated";
    return inOrder([
      { oid: pduOids.kind, read: () => ({ name: pduKind }) },
      ...columns.flatMap((column) => (truncated ? column.slice(0, 1) : column)),
    ]);
  }

  override async state(row: number): Promise<number> {
    const outlet = this.#outlet(row);
    // A server that runs with all of its outlets off was switched on another way than through this PDU.
    if (!this.#busy.has(outlet.host) && !this.#hasPower(outlet.host) && (await this.#isOn(outlet.host))) {
      for (const one of this.#of(outlet.host)) one.on = true;
    }
    return outlet.on ? outletState.on : outletState.off;
  }

  override async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  protected override meaning(command: number): "on" | "off" {
    return command === outletState.on ? "on" : "off";
  }

  protected override perform(row: number, command: number): void {
    const outlet = this.#outlet(row);
    const { host } = outlet;
    const before = this.#busy.get(host) ?? Promise.resolve();
    const delay = command === outletState.off ? this.delayOf(row) : 0;
    const busy = Promise.all([before, Bun.sleep(delay)])
      .then(() => this.#switch(outlet, command === outletState.on))
      .catch(this.#onError)
      .finally(() => {
        if (this.#busy.get(host) === busy) this.#busy.delete(host);
      });
    this.#busy.set(host, busy);
  }

  /** An outlet tells "off" when the server that it was the last of is dead. */
  async #switch(outlet: Outlet, on: boolean): Promise<void> {
    const { host } = outlet;
    const others = this.#of(host).some((one) => one !== outlet && one.on);
    if (!on && !others) await this.#hooks.powerOff(host);
    outlet.on = on;
    if (on && !(await this.#isOn(host))) await this.#hooks.powerOn(host);
  }

  async #isOn(host: string): Promise<boolean> {
    return await this.#hooks.isOn(host);
  }

  #hasPower(host: string): boolean {
    return this.#of(host).some(({ on }) => on);
  }

  #of(host: string): readonly Outlet[] {
    return this.#outlets.filter((one) => one.host === host);
  }

  #outlet(row: number): Outlet {
    const outlet = this.#outlets.find((one) => one.outlet === row);
    if (outlet === undefined) throw new Error(`No outlet ${row}`);
    return outlet;
  }
}
