import { HavenError, isHavenError } from "../base/errors.ts";
import { type Chassis, type ChassisSlot, describe, isFinal } from "./chassis.ts";
import { meaningOf, powerState } from "./chassis-table.ts";

/** How long switching may take; all in milliseconds, the defaults as the devices need them. */
export interface SwitchOptions {
  /** Goes for hard off at once, where the power button would restart the server (HX5 blades). */
  readonly noSoftOff?: boolean;
  /** For the servers to shut down after the power button: 30,000. */
  readonly softOffMs?: number;
  /** For the state to read off after hard off: 60,000. */
  readonly offMs?: number;
  /** For the state to read on: 60,000. */
  readonly onMs?: number;
  /** After each switching, before the state is looked at: 0. */
  readonly settleMs?: number;
  /** The longest time between two readings: 1,000. */
  readonly pollMs?: number;
  /** Between the first "off" and the second one that confirms it: 200. */
  readonly confirmMs?: number;
  /** Asked after the device said off: what still hears the server, or undefined when nothing does. */
  readonly heard?: () => Promise<string | undefined>;
  /** How long a server may still be heard after the device said off: 15,000. */
  readonly aliveMs?: number;
  /** Told what happens, for a log. */
  readonly onNote?: (note: string) => void;
}

/**
 * Switches a server off: soft-off first, then hard off, in all its slots at once. Returns only when the device has
 * said "off" for every slot twice, over an unchanged set of labels, and nothing hears the server any more.
 *
 * @returns true when it had to be switched, false when it was off already
 * @throws HavenError power.failed, power.alive, power.ambiguous (the labels changed), and what `Chassis.find` throws
 */
export async function switchOff(
  chassis: Chassis,
  plug: string,
  options: SwitchOptions = {},
): Promise<boolean> {
  const { softOffMs = 30_000, offMs = 60_000, settleMs = 0, noSoftOff = false } = options;
  const target = await aim(chassis, plug, options);
  const wasOff = target.slots.every(isOff);
  if (wasOff && (await confirmOff(target)) === undefined) return false;

  // A server that is heard although it reads off needs no power button, it needs the plug pulled.
  if (!noSoftOff && !wasOff) {
    const asked = await command(target, powerState.softOff, 0);
    await chassis.clock.sleep(settleMs, chassis.signal);
    if (asked && (await waitForOff(target, softOffMs)) === undefined) return true;
  }
  const end = chassis.clock.monotonic() + offMs;
  await command(target, powerState.off, end);
  await chassis.clock.sleep(settleMs, chassis.signal);
  const last = await waitForOff(target, end - chassis.clock.monotonic());
  if (last === undefined) return true;
  const { device } = chassis;
  if (last.heard !== undefined) throw new HavenError("power.alive", { device, plug, evidence: last.heard });
  const seconds = Math.round((offMs + (noSoftOff ? 0 : softOffMs)) / 1000);
  throw new HavenError("power.failed", { device, plug, wanted: "off", seconds, what: last.what });
}

/** Switches a server on, and returns when all its slots read on. @throws HavenError power.failed, … */
export async function switchOn(chassis: Chassis, plug: string, options: SwitchOptions = {}): Promise<void> {
  const { onMs = 60_000, settleMs = 0 } = options;
  const end = chassis.clock.monotonic() + onMs;
  const target = await aim(chassis, plug, options);
  if (target.slots.every(isOn)) return;
  await command(target, powerState.on, end);
  await chassis.clock.sleep(settleMs, chassis.signal);
  const pause = pauses(target);
  let last: string;
  do {
    const now = await read(target);
    if (typeof now !== "string" && now.every(isOn)) return;
    last = typeof now === "string" ? now : describe(now);
    await pause();
  } while (chassis.clock.monotonic() < end);
  const seconds = Math.round(onMs / 1000);
  throw new HavenError("power.failed", { device: chassis.device, plug, wanted: "on", seconds, what: last });
}

/**
 * Tells a server's slots to switch on, and returns when the device has acknowledged that; it tries for `onMs`.
 * @throws what `switchOn` throws, less power.failed
 */
export async function askOn(chassis: Chassis, plug: string, options: SwitchOptions = {}): Promise<void> {
  const { onMs = 60_000 } = options;
  const end = chassis.clock.monotonic() + onMs;
  const target = await aim(chassis, plug, options);
  if (!target.slots.every(isOn)) await command(target, powerState.on, end);
}

interface Target {
  readonly chassis: Chassis;
  readonly plug: string;
  readonly slots: readonly ChassisSlot[];
  readonly options: SwitchOptions;
  readonly note: (note: string) => void;
}

/** Why a server does not count as off yet. */
interface NotOff {
  readonly what: string;
  /** Set when the device says off, but something hears the server. */
  readonly heard?: string;
}

const isOff = ({ power }: Pick<ChassisSlot, "power">): boolean => power === "off";
// Standby and hibernation count as on when the question is whether a server may run, not when it shall run.
const isOn = ({ state }: Pick<ChassisSlot, "state">): boolean => state === powerState.on;

/** Finds the slots; a passing fault of the network or the device gets three tries. */
async function aim(chassis: Chassis, plug: string, options: SwitchOptions): Promise<Target> {
  const note = options.onNote ?? ((): void => undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      const slots = await chassis.find(plug);
      note(`${plug}: ${describe(slots)}`);
      return { chassis, plug, slots, options, note };
    } catch (error) {
      if (isFinal(error) || attempt === 3) throw error;
      note(`Reading the slots failed: ${messageOf(error)}`);
    }
  }
}

/**
 * Writes a state to the slots; false when not one was acknowledged. A slot whose writing fails is tried again until
 * `until` (0: not at all), unless the device refuses for good, which is thrown.
 */
async function command(target: Target, state: number, until: number): Promise<boolean> {
  const { chassis, slots, note } = target;
  const pause = pauses(target);
  const unfinished = slots.filter((slot) => (state === powerState.on ? !isOn(slot) : !isOff(slot)));
  let left = unfinished.length === 0 ? slots : unfinished;
  for (;;) {
    const failed: { readonly slot: ChassisSlot; readonly error: unknown }[] = [];
    for (const slot of left) {
      try {
        await chassis.switch(slot.slot, state);
        note(`Slot ${slot.slot}: wrote ${state}`);
      } catch (error) {
        if (isHavenError(error, "interrupted")) throw error;
        note(`Slot ${slot.slot}: writing ${state} failed: ${messageOf(error)}`);
        failed.push({ slot, error });
      }
    }
    const [first] = failed;
    if (first === undefined) return true;
    if (until === 0) return failed.length < left.length;
    if (isFinal(first.error) || chassis.clock.monotonic() >= until) throw first.error;
    left = failed.map(({ slot }) => slot);
    await pause();
  }
}

/** Polls until all slots are certainly off; undefined then, else why not when the time is over. */
async function waitForOff(target: Target, timeMs: number): Promise<NotOff | undefined> {
  const { chassis, options } = target;
  const end = chassis.clock.monotonic() + timeMs;
  const pause = pauses(target);
  let heardSince: number | undefined;
  let last: NotOff;
  do {
    const now = await read(target);
    const isAllOff = typeof now !== "string" && now.every(isOff);
    const why = isAllOff ? await confirmOff(target) : { what: typeof now === "string" ? now : describe(now) };
    if (why === undefined) return undefined;
    last = why;
    heardSince = why.heard === undefined ? undefined : (heardSince ?? chassis.clock.monotonic());
    if (heardSince !== undefined && chassis.clock.monotonic() - heardSince >= (options.aliveMs ?? 15_000))
      break;
    await pause();
  } while (chassis.clock.monotonic() < end);
  return last;
}

/** The slots' states now; a text when they could not be read. */
async function read({ chassis, slots, note }: Target): Promise<readonly ChassisSlot[] | string> {
  try {
    const states = await chassis.states(slots);
    return slots.map((slot) => {
      const state = states.get(slot.slot) ?? -1;
      return { ...slot, state, power: meaningOf(state) };
    });
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    note(`Reading the state failed: ${messageOf(error)}`);
    return messageOf(error);
  }
}

/**
 * The second look at an "off": nothing may hear the server any more, the labels must still be what they were, and
 * every slot must read off again. Undefined when all that holds, else why not.
 */
async function confirmOff(target: Target): Promise<NotOff | undefined> {
  const { chassis, plug, slots, options, note } = target;
  note(`${plug} reads off, looking again`);
  const [heard] = await Promise.all([
    options.heard?.(),
    chassis.clock.sleep(options.confirmMs ?? 200, chassis.signal),
  ]);
  if (heard !== undefined) {
    note(`The device says off, but: ${heard}`);
    return { what: heard, heard };
  }
  try {
    const again = await chassis.find(plug);
    if (labels(slots) === labels(again)) return again.every(isOff) ? undefined : { what: describe(again) };
  } catch (error) {
    if (isFinal(error)) throw error;
    note(`The second look failed: ${messageOf(error)}`);
    return { what: messageOf(error) };
  }
  const what = "the labels changed while it was switched";
  throw new HavenError("power.ambiguous", { device: chassis.device, plug, what });
}

function labels(slots: readonly ChassisSlot[]): string {
  return slots.map(({ slot, label }) => `${slot} ${label}`).join("\n");
}

/** Short pauses first, since most devices are quick, then as long as asked for. */
function pauses({ chassis, options }: Target): () => Promise<void> {
  let next = 100;
  return async () => {
    const ms = Math.min(next, options.pollMs ?? 1000);
    next *= 2;
    await chassis.clock.sleep(ms, chassis.signal);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
