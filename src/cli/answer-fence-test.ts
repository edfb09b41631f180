import { systemClock } from "../base/clock.ts";
import { answerFenceTest } from "../ops/answer-fence-test.ts";
import { livePacemaker } from "../pacemaker/live.ts";

/** What `ocf:haven:FenceTest` leaves behind on a node: asks the devices, and ends. */
export async function runAnswerFenceTest([
  word = "",
  self = "",
  targets = "",
]: readonly string[]): Promise<number> {
  const question = { word, self, targets: targets.split(",") };
  await answerFenceTest(question, { pacemaker: livePacemaker(), clock: systemClock });
  return 0;
}
