import { expect, test } from "bun:test";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { linkProblems, linkViews } from "./status-links.ts";

/** @param off The nodes that are not there */
function status(count: number, off: readonly number[] = []): ClusterStatus {
  const nodes = Array.from({ length: count }, (_, i) => {
    const online = !off.includes(i + 1);
    return { id: String(i + 1), name: `node${i + 1}`, online, pending: false, unclean: false };
  });
  return { nodes } as unknown as ClusterStatus;
}

/** Links from node1 to all others, but for those that are down: `LINK-PEER`. */
function texts(
  count: number,
  numbers: readonly number[],
  down: readonly string[],
  off: readonly number[] = [],
) {
  const links = numbers.flatMap((link) =>
    Array.from({ length: count - 1 }, (_, i) => i + 2).map((peer) => ({
      ...{ link, peer, address: `10.0.${link}.1`, connected: !down.includes(`${link}-${peer}`) },
    })),
  );
  const own = status(count, off);
  return linkProblems(own, linkViews(own, links)).map(({ text }) => text);
}

test("links are told by the other nodes' names, in their order", () => {
  const links = [
    { link: 1, peer: 2, address: "10.0.1.1", connected: true },
    { link: 0, peer: 10, address: "10.0.0.1", connected: false },
    { link: 0, peer: 2, address: "10.0.0.1", connected: true },
    { link: 0, peer: 77, address: "10.0.0.1", connected: true },
  ];
  expect(linkViews(status(10), links)).toEqual([
    { link: 0, node: "node2", address: "10.0.0.1", up: true },
    { link: 0, node: "node10", address: "10.0.0.1", up: false },
    { link: 1, node: "node2", address: "10.0.1.1", up: true },
  ]);
});

test("all links up, and the links of a node that is off, are no problem", () => {
  expect(texts(3, [0, 1], [])).toEqual([]);
  expect(texts(3, [0], ["0-2"], [2])).toEqual([]);
  expect(texts(3, [0], ["0-2", "0-3"], [2, 3])).toEqual([]);
});

test("a link that is down, with how many are left", () => {
  const one =
    "Link 1 to node2 is down, as seen from here: one is left, and when that is lost the cluster parts";
  expect(texts(3, [0, 1], ["1-2"])).toEqual([one]);
  expect(texts(3, [0, 1, 2], ["1-2"])).toEqual(["Link 1 to node2 is down, as seen from here"]);
  expect(texts(3, [0], ["0-2"])).toEqual([
    "Link 0 to node2 is down, as seen from here: no other one is left, and the cluster is about to part",
  ]);
});

test("a link that is down to all is this node's own, and told once", () => {
  expect(texts(4, [0, 1], ["0-2", "0-3", "0-4"])).toEqual([
    "Link 0 is down to all other nodes, as seen from here: one is left, and when that is lost the cluster parts",
  ]);
  // Of two nodes nobody knows whose it is.
  expect(texts(2, [0, 1], ["0-2"])[0]).toStartWith("Link 0 to node2 is down");
});
