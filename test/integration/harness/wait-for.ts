/**
 * Waits until `condition` gives something other than undefined, false or an error, and returns it. Throws an error
 * that says what was waited for, and what the last try gave.
 *
 * @param what As in "waited 10 s for VM web1 to run"
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  intervalMs = 200,
): Promise<T> {
  const since = performance.now();
  const end = since + timeoutMs;
  for (;;) {
    const began = performance.now();
    let last: unknown;
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end) {
      const why = last instanceof Error ? `: ${last.message}` : "";
      throw new Error(`Waited ${timeoutMs / 1000} s for ${what}${why}`, { cause: last });
    }
    // A machine that is busy is not made busier: at least half of the time is left to what is waited for, and what
    // takes long is looked at less often.
    const now = performance.now();
    const waited = Math.min(1000, (now - since) / 20);
    await Bun.sleep(Math.max(intervalMs, now - began, waited));
  }
}
