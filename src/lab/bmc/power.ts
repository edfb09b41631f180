import type { PowerHooks } from "../device/power-hooks.ts";
import { SwitchedRows } from "../device/switched-rows.ts";

/** What is told of a server with power, and of one without. Source: OpenIPMI's chassis_control programs. */
const told = { on: 1, off: 0 } as const;

/** What a management controller is told to do with its server. */
export const bmcCommands = { off: 0, on: 1, reset: 2, shutdown: 3 } as const;
const { off, on, reset } = bmcCommands;

/** The one server of a simulated management controller: row 1. */
export class BmcPower extends SwitchedRows {
  #busy: Promise<void> = Promise.resolve();

  constructor(
    private readonly host: string,
    private readonly hooks: PowerHooks,
    private readonly onError: (error: unknown) => void,
  ) {
    super(told);
  }

  override get rows(): readonly number[] {
    return [1];
  }

  override async state(): Promise<number> {
    return (await this.hooks.isOn(this.host)) ? told.on : told.off;
  }

  override async idle(): Promise<void> {
    await this.#busy;
  }

  protected override meaning(command: number): "on" | "off" | "other" {
    if (command === on) return "on";
    return command === off ? "off" : "other";
  }

  protected override perform(row: number, command: number): void {
    const delay = command === on ? 0 : this.delayOf(row);
    // The button may take as long as the server likes: nothing waits for it.
    if (command === bmcCommands.shutdown) {
      void this.hooks.softOff?.(this.host).catch(this.onError);
      return;
    }
    this.#busy = Promise.all([this.#busy, Bun.sleep(delay)])
      .then(() => this.#switch(command))
      .catch(this.onError);
  }

  async #switch(command: number): Promise<void> {
    if (command === off || command === reset) await this.hooks.powerOff(this.host);
    if (command === off || (await this.hooks.isOn(this.host))) return;
    await this.hooks.powerOn(this.host);
  }
}
