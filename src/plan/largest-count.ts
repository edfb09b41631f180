/**
 * The largest number up to `most` of which something holds, by bisection: it holds of all smaller ones where it holds of
 * one, and of 0 it is not asked. Small numbers are tried first, since large ones cost more to ask of.
 */
export async function largestCount(
  most: number,
  holds: (count: number) => Promise<boolean>,
): Promise<number> {
  let good = 0;
  let step = 1;
  let bad = most + 1;
  while (good + 1 < bad) {
    const doubled = Math.min(good + step, bad - 1);
    const asked = bad > most ? doubled : Math.floor((good + bad) / 2);
    if (await holds(asked)) good = asked;
    else bad = asked;
    step *= 2;
  }
  return good;
}
