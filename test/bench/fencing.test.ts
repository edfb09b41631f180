import { expect, test } from "bun:test";
import { fencingRows } from "./fencing.ts";

const costs = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([ms, cpuMs]) => ({ ms, cpuMs }));

test("a call's wall and CPU time, and a shot that is not slower", () => {
  const rows = fencingRows({
    status: { haven: costs([60, 20], [50, 30], [55, 25]), peer: costs([300, 100], [200, 50], [250, 80]) },
    off: { haven: costs([900, 40]), peer: costs([800, 200]) },
  });
  expect(rows.map(({ haven, peer, reached }) => [haven, peer, reached])).toEqual([
    [55, 250, true],
    [25, 80, false],
    [900, 800, false],
  ]);
});
