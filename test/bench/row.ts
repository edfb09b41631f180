/** One line of `make bench` and one entry of bench/results.json. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  /** Haven's median. */
  readonly haven: number;
  /** Haven's 95th percentile, where there were enough runs. */
  readonly havenP95?: number;
  /** The peer's median in the same run; null where the target is absolute. */
  readonly peer: number | null;
  readonly peerP95?: number;
  readonly peerName: string;
  /** haven / peer, or haven / target's value where there is no peer. */
  readonly ratio: number;
  /** What is to be reached: "ratio ≤ 0.08", "≤ 40 MiB". */
  readonly target: string;
  readonly reached: boolean;
}

/** The middle value of a list that is not empty. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value below which that many per cent lie (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1);
  const value = sorted[rank];
  if (value === undefined) throw new Error("A percentile of no values");
  return value;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly haven: readonly number[];
  readonly peer: readonly number[];
  readonly peerName: string;
  /** The ratio haven / peer that is to be reached; by `atLeast` it must not be below, else not above. */
  readonly targetRatio: number;
  readonly atLeast?: boolean;
}

/** The row for samples of Haven and of its peer, taken in the same run. */
export function ratioRow(measured: Measured): BenchRow {
  const haven = median(measured.haven);
  const peer = median(measured.peer);
  const ratio = haven / peer;
  const reached = measured.atLeast === true ? ratio >= measured.targetRatio : ratio <= measured.targetRatio;
  return {
    name: measured.name,
    unit: measured.unit,
    haven,
    havenP95: percentile(measured.haven, 95),
    peer,
    peerP95: percentile(measured.peer, 95),
    peerName: measured.peerName,
    ratio,
    target: `ratio ${measured.atLeast === true ? "≥" : "≤"} ${measured.targetRatio}`,
    reached,
  };
}

/** The row for samples that are held against a fixed value. */
export function absoluteRow(
  measured: Pick<Measured, "name" | "unit" | "haven"> & { readonly atMost: number },
): BenchRow {
  const haven = median(measured.haven);
  return {
    name: measured.name,
    unit: measured.unit,
    haven,
    havenP95: percentile(measured.haven, 95),
    peer: null,
    peerName: "",
    ratio: haven / measured.atMost,
    target: `≤ ${measured.atMost} ${measured.unit}`,
    reached: haven <= measured.atMost,
  };
}
