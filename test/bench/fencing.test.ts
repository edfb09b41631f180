import { expect, test } from "bun:test";
import { fencingRows } from "./fencing.ts";

const costs = (...list: readonly (readonly [ms: number, cpuMs: number, cutMs?: number])[]) =>
  list.map(([ms, cpuMs, cutMs]) => ({ ms, cpuMs, cutMs }));

test("a call's wall and CPU time, and a shot that cuts the power sooner and is sure of it later", () => {
  const rows = fencingRows({
    status: { haven: costs([60, 20], [50, 30], [55, 25]), peer: costs([300, 100], [200, 50], [250, 80]) },
    off: { haven: costs([900, 40, 70]), peer: costs([800, 200, 250]) },
  });
  expect(rows.map(({ haven, peer, reached }) => [haven, peer, reached])).toEqual([
    [55, 250, true],
    [25, 80, false],
    [70, 250, true],
    [900, 800, false],
  ]);
});
