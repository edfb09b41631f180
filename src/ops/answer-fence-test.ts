import type { Clock } from "../base/clock.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import { type FenceAnswer, fenceAnswerName, writeFenceAnswers } from "../power/fence-questions.ts";
import { type AskedDevice, type AskingTools, askFenceDevice } from "./ask-fence-device.ts";
import { fenceDevices, fenceSteps } from "./fence-devices.ts";
import { watchdogAgent } from "./watchdog-fencing.ts";

/** What a node is asked in a test of fencing. */
export interface FenceQuestion {
  readonly word: string;
  /** The node that asks its devices. */
  readonly self: string;
  readonly targets: readonly string[];
}

export interface AnsweringTools extends AskingTools {
  readonly pacemaker: Pick<Pacemaker, "fenceAgentMetadata" | "queryCib" | "setTransientAttribute">;
  readonly clock: Clock;
  /** Between two tries, milliseconds; for tests. */
  readonly pauseMs?: () => number;
}

/**
 * Asks, on this node, every device that can shoot one of the targets for its power status, and leaves the answers in a
 * transient attribute of this node. A device that fails is asked once more, after a pause that differs from node to
 * node: many take one connection at a time, and all nodes ask at once.
 *
 * @throws HavenError pacemaker.*
 */
export async function answerFenceTest(question: FenceQuestion, tools: AnsweringTools): Promise<void> {
  const { word, self, targets } = question;
  const { pacemaker } = tools;
  const answers: FenceAnswer[] = [];
  const tell = async (busy: boolean): Promise<void> =>
    await pacemaker.setTransientAttribute(self, fenceAnswerName(word), writeFenceAnswers({ busy, answers }));
  await tell(true);
  const cib = Cib.parse(await pacemaker.queryCib({ scope: "configuration" }));
  const asked = questionsFor(
    cib,
    targets.filter((target) => target !== self),
    self,
  );
  // What is behind one address is asked for one server after the other.
  const doors = Map.groupBy(
    asked,
    ({ values, device }) => values.get("ip") ?? values.get("ipaddr") ?? device.id,
  );
  await Promise.all(
    [...doors.values()].map(async (queue) => {
      for (const { target, ...device } of queue) {
        answers.push(await askTwice(device, target, tools));
        await tell(true);
      }
    }),
  );
  await tell(false);
}

async function askTwice(asked: AskedDevice, target: string, tools: AnsweringTools): Promise<FenceAnswer> {
  const first = await askFenceDevice(asked, target, tools);
  if (first.state !== "failed") return first;
  await tools.clock.sleep(tools.pauseMs?.() ?? 1000 + Math.random() * 3000);
  return await askFenceDevice(asked, target, tools);
}

/** What has no power status to tell: a person, and the watchdog inside the server. */
const mute: ReadonlySet<string> = new Set(["fence_haven_manual", watchdogAgent]);

/** What a node asks, and whom: every device of the targets' escalations that may run there and can answer. */
export function questionsFor(
  cib: Cib,
  targets: readonly string[],
  self: string,
): readonly (AskedDevice & { readonly target: string })[] {
  const devices = fenceDevices(cib, isSecretParameter);
  return targets.flatMap((target) => {
    const ids = new Set(fenceSteps(cib, target, devices).flatMap((step) => step.devices));
    return devices
      .filter(({ id, agent, notOn }) => ids.has(id) && !notOn.includes(self) && !mute.has(agent))
      .map((device) => {
        const element = cib.byId(device.id);
        const values = element === undefined ? new Map() : cib.nvpairs(element, "instance_attributes");
        return { target, device, values };
      });
  });
}
