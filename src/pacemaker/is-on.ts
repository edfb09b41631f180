/** Whether a node attribute or a property says yes, in any of the ways that Pacemaker takes for it (crm_str_to_boolean). */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|true|yes|y|1)$/i.test(value);
}
