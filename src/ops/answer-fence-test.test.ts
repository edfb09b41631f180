import { expect, test } from "bun:test";
import { systemClock } from "../base/clock.ts";
import { readFenceAnswers } from "../power/fence-questions.ts";
import { answerFenceTest } from "./answer-fence-test.ts";

const host = (node: string): string =>
  `<nvpair id="h-${node}" name="pcmk_host_list" value="${node}"/><nvpair id="i-${node}" name="ip" value="10.0.0.9"/>`;
const cib = `<cib><configuration><nodes/><resources>${["node1", "node2", "node3"]
  .map(
    (node) =>
      `<primitive id="fence-${node}" class="stonith" type="fence_x"><instance_attributes id="a-${node}">${host(node)}</instance_attributes></primitive>`,
  )
  .join(
    "",
  )}<primitive id="person" class="stonith" type="fence_haven_manual"><instance_attributes id="p"><nvpair id="p-l" name="pcmk_host_list" value="node1"/></instance_attributes></primitive>
  </resources><constraints><rsc_location id="c" rsc="fence-node2" node="node3" score="-INFINITY"/></constraints></configuration></cib>`;

test("a node asks what may run on it for all targets but itself, twice where it fails, and says so as it goes", async () => {
  const told: string[] = [];
  let running = 0;
  let most = 0;
  let asked = 0;
  await answerFenceTest(
    { word: "0123abcd", self: "node3", targets: ["node1", "node2", "node3"] },
    {
      clock: systemClock,
      pauseMs: () => 1,
      pacemaker: {
        queryCib: () => Promise.resolve(cib),
        fenceAgentMetadata: () => Promise.resolve("<resource-agent name='x'><parameters/></resource-agent>"),
        setTransientAttribute: (node, name, value) => {
          told.push(`${node} ${name} ${value}`);
          return Promise.resolve();
        },
      },
      run: async () => {
        running++;
        most = Math.max(most, running);
        await systemClock.sleep(5);
        running--;
        asked++;
        return { code: asked === 1 ? 1 : 0, signal: null, stdout: "", stderr: "busy" };
      },
    },
  );
  expect(told[0]).toBe("node3 haven-reach-answers-0123abcd busy");
  expect(told.at(-1)).toMatch(/^node3 haven-reach-answers-0123abcd done node1:fence-node1:on:\d+:$/);
  expect([asked, most]).toEqual([2, 1]);
  expect(readFenceAnswers(told.at(-1)?.split(" ").slice(2).join(" "))?.answers).toHaveLength(1);
});
