import type { PowerEvent, PowerState } from "../contract/power-state.ts";
import type { PowerSettings } from "../contract/settings-power.ts";

/** What is to be done now, or next. */
export type PowerAction =
  | { readonly kind: "shed"; readonly below: number; readonly after: number }
  /** `after`: of the step; undefined where the batteries are low. */
  | { readonly kind: "stop-all"; readonly after: number | undefined }
  | { readonly kind: "restore" };

/** What the power's state means by the settings. */
export interface PowerOutlook {
  /** Since when too few UPSes are on line; undefined while there are enough. */
  readonly failedSince: number | undefined;
  readonly isLow: boolean;
  /** What is due now. */
  readonly due: PowerAction | undefined;
  /** What is due next, and when (milliseconds since 1970). */
  readonly next: { readonly at: number; readonly action: PowerAction } | undefined;
}

const defaultRestoreAfterS = 60;

/**
 * What is due at a moment. A UPS of which nobody has told anything is on line; the power has failed when fewer than
 * `min-supplies` are.
 */
export function powerOutlook(
  state: PowerState,
  settings: PowerSettings | undefined,
  now: number,
): PowerOutlook {
  const { failedSince, isLow } = failure(state, settings);
  const isShed = state.done !== undefined || state.all === true;
  if (failedSince === undefined) {
    const nothing = { failedSince, isLow: false, due: undefined, next: undefined };
    if (!isShed || settings?.["restore-itself"] === false) return nothing;
    const at = (state.back ?? now) + (settings?.["restore-after"] ?? defaultRestoreAfterS) * 1000;
    const action = { kind: "restore" } as const;
    return at <= now ? { ...nothing, due: action } : { ...nothing, next: { at, action } };
  }
  if (state.all === true) return { failedSince, isLow, due: undefined, next: undefined };
  if (isLow && settings?.["low-battery"] !== "wait") {
    return { failedSince, isLow, due: { kind: "stop-all", after: undefined }, next: undefined };
  }
  const left = (settings?.steps ?? []).filter(({ after }) => after > (state.done ?? 0));
  const at = (after: number): number => failedSince + after * 1000;
  const due = left.filter(({ after }) => at(after) <= now).at(-1);
  const next = left.find(({ after }) => at(after) > now);
  return {
    ...{ failedSince, isLow, due: due && actionOf(due) },
    next: next && { at: at(next.after), action: actionOf(next) },
  };
}

function actionOf(step: NonNullable<PowerSettings["steps"]>[number]): PowerAction {
  const { after, below } = step;
  return below === undefined ? { kind: "stop-all", after } : { kind: "shed", below, after };
}

/** So many UPSes on battery are a failure: the power has failed since the last of them went there. */
function failure(
  state: PowerState,
  settings: PowerSettings | undefined,
): Pick<PowerOutlook, "failedSince" | "isLow"> {
  const all = settings?.ups ?? [];
  const enough = all.length - (settings?.["min-supplies"] ?? 1) + 1;
  // One that the settings do not name any more feeds nothing.
  const out = all.flatMap((name) => state.ups[name] ?? []);
  const since = out.map((one) => one.since).sort((a, b) => a - b)[enough - 1];
  const isLow = out.filter(({ low }) => low === true).length >= enough;
  return { failedSince: since, isLow: since !== undefined && isLow };
}

/** The state after what NUT has told of a UPS. Told twice it is the same. */
export function afterEvent(
  state: PowerState,
  settings: PowerSettings,
  {
    event,
    ups,
    now,
  }: { readonly event: Exclude<PowerEvent, "due">; readonly ups: string; readonly now: number },
): PowerState {
  const { [ups]: before, ...others } = state.ups;
  const since = before?.since ?? now;
  const low = event === "lowbatt" || before?.low === true;
  const one = { since, ...(low ? ({ low } as const) : {}) };
  return withBack({ ...state, ups: event === "online" ? others : { ...others, [ups]: one } }, settings, now);
}

/** The state with the time since when the power is back, where VMs wait for that and it is. */
export function withBack(state: PowerState, settings: PowerSettings | undefined, now: number): PowerState {
  const { back, ...rest } = state;
  const waits = state.done !== undefined || state.all === true;
  if (!waits || failure(state, settings).failedSince !== undefined) return rest;
  return { ...rest, back: back ?? now };
}

/** The state once that was done. */
export function afterAction(state: PowerState, action: PowerAction): PowerState {
  switch (action.kind) {
    case "shed":
      return { ...state, done: action.after };
    case "stop-all":
      return { ...state, all: true };
    case "restore":
      return { ups: state.ups };
  }
}
