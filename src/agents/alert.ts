/** Placeholder replaced below. */
export async function alertMain(): Promise<number> {
  return 0;
}
