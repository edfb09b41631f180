/** The id of a form's field, from what stands before it. */
export function fieldId(label: string): string {
  return `field-${label.toLowerCase().replaceAll(/[^a-z0-9_]+/g, "-")}`;
}
