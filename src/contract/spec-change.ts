/** A field in which two specifications differ. */
export interface SpecChange {
  /** `disks[1].file` */
  readonly field: string;
  /** Absent where the field is new. */
  readonly from?: unknown;
  /** Absent where the field is gone. */
  readonly to?: unknown;
}

/** `memory: 512 → 1024`, `labels: now "web"`, `cpu.model: no longer "EPYC"`. */
export function specChangeText(change: SpecChange): string {
  const { field, from, to } = change;
  if (from === undefined) return `${field}: now ${valueText(to)}`;
  if (to === undefined) return `${field}: no longer ${valueText(from)}`;
  return `${field}: ${valueText(from)} → ${valueText(to)}`;
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
