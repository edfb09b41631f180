/** So much of a lane is filled at the most by small VMs that are drawn larger than they are, percent. */
const mostFilled = 66;

/** How wide each of so many VMs is drawn at the least: its name can be read as long as what is free is still seen to be free. */
export function leastWidth(count: number): string {
  return `min(4rem, ${mostFilled / Math.max(1, count)}%)`;
}
