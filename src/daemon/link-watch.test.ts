import { expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import type { LinkStatus } from "../pacemaker/links.ts";
import { watchLinks } from "./link-watch.ts";
import type { Snapshot } from "./status-keeper.ts";

type Look = readonly LinkStatus[] | undefined | Error;

/** What is told of when the links are found so, one look after the other. */
async function told(looks: readonly Look[], isKnown = true) {
  const stop = new AbortController();
  const texts: string[] = [];
  const looked: (readonly LinkStatus[] | undefined)[] = [];
  let changes = 0;
  let look = 0;
  const clock: Clock = {
    ...{ now: () => 0, monotonic: () => 0 },
    sleep() {
      if (look >= looks.length) stop.abort();
      return Promise.resolve();
    },
  };
  const nodes = [{ id: "2", name: "node2" }];
  await watchLinks({
    ...{ node: "node1", clock, log: silentLog, signal: stop.signal },
    pacemaker: {
      links() {
        const found = looks[look++];
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
      },
    },
    keeper: {
      changed: () => void changes++,
      current: () =>
        isKnown
          ? Promise.resolve({ status: { nodes } } as unknown as Snapshot)
          : Promise.reject(new Error("Pacemaker is down")),
    },
    onLooked: (links) => void looked.push(links),
    events: { record: ({ kind, subject, text }) => void texts.push(`${kind} ${subject}: ${text}`) },
  });
  return { texts, changes, looked };
}

const link = (number: number, connected: boolean): LinkStatus => ({
  ...{ link: number, address: "10.0.0.1", peer: 2, connected },
});

test("a link that goes down and comes back is told of, each time once", async () => {
  const { texts, changes } = await told([
    [link(0, true), link(1, true)],
    [link(0, true), link(1, false)],
    [link(0, true), link(1, false)],
    [link(0, true), link(1, true)],
  ]);
  expect(texts).toEqual([
    "link.down node2: Link 1 from node1 to node2 is down",
    "link.up node2: Link 1 from node1 to node2 is up",
  ]);
  // The state in memory is asked for anew.
  expect(changes).toBe(2);
});

test("how it is at the beginning, and links that come and go with the configuration, are no events", async () => {
  expect((await told([[link(0, false)], [link(0, false), link(1, false)], [link(1, false)]])).texts).toEqual(
    [],
  );
});

test("where corosync does not say, nothing is down; what has changed meanwhile is told of afterwards", async () => {
  const { texts } = await told([
    [link(0, true)],
    undefined,
    new Error("It hangs"),
    [link(0, true)],
    undefined,
    [link(0, false)],
  ]);
  expect(texts).toEqual(["link.down node2: Link 0 from node1 to node2 is down"]);
});

test("it is told of also where the node's name is not known", async () => {
  const { texts } = await told([[link(0, true)], [link(0, false)]], false);
  expect(texts).toEqual(["link.down undefined: Link 0 from node1 to the node with id 2 is down"]);
});

test("each look is handed on, and that nothing is known where corosync does not say", async () => {
  const { looked } = await told([[link(0, true)], undefined, new Error("It hangs"), [link(0, false)]]);
  expect(looked).toEqual([[link(0, true)], undefined, undefined, [link(0, false)]]);
});
