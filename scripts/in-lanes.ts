import type { LabLane } from "./lab-lane.ts";

/**
 * Runs test files in lanes side by side, each lane taking the next file when it has ended one. What loads the whole
 * machine would be unfair to its neighbour: it comes last, in the first lane, when the others have gone.
 *
 * @param run Runs one file in a lane
 * @param leave Called for each lane but the first when it is not needed any more
 * @param signal Ends it before the next file
 */
export async function inLanes(
  lanes: readonly LabLane[],
  files: readonly string[],
  {
    run,
    leave,
    signal,
  }: {
    readonly run: (lane: LabLane, file: string) => Promise<void>;
    readonly leave: (lane: LabLane) => Promise<void>;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const queue = files.filter((path) => !needsTheMachine(path));
  const last = files.filter(needsTheMachine);
  const work = async (lane: LabLane, left: string[]): Promise<void> => {
    for (let file = left.shift(); file !== undefined && signal?.aborted !== true; file = left.shift())
      await run(lane, file);
  };
  await Promise.all(lanes.map((lane) => work(lane, queue)));
  const [first, ...others] = lanes;
  for (const lane of others) await leave(lane);
  if (first !== undefined) await work(first, last);
}

function needsTheMachine(path: string): boolean {
  return path.includes("overload");
}
