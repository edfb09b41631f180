import { exec, run } from "../../../src/base/exec.ts";
import { nodeProcess } from "../../../src/lab/node-process.ts";
import { nodeBridge, removeBridge } from "./node-bridge.ts";
import type { TestLab } from "./test-lab.ts";

/** The bridge of this machine that joins those of the nodes. At most 15 bytes, as all interfaces. */
const middle = (name: string): string => `${name}-mid`;
const port = (name: string, number: number): string => `${name}-${number}`;

/** A Linux bridge on each node that has power, all one network: guests of different nodes hear each other. */
export async function joinedBridges(lab: TestLab, name: string): Promise<void> {
  await removeJoinedBridges(lab, name);
  await nodeBridge(lab, name);
  await run(["ip", "link", "add", middle(name), "type", "bridge"]);
  await run(["ip", "link", "set", middle(name), "up"]);
  for (const [at, node] of lab.nodes.entries()) {
    const init = nodeProcess(node);
    if (init === undefined) continue;
    const own = port(name, at);
    const inside = `${name}-up`;
    await run(["ip", "link", "add", own, "type", "veth", "peer", "name", inside, "netns", String(init.pid)]);
    await run(["ip", "link", "set", own, "master", middle(name), "up"]);
    await lab.run(node.name, ["ip", "link", "set", inside, "master", name, "up"]);
  }
}

/** Takes it away again. */
export async function removeJoinedBridges(lab: TestLab, name: string): Promise<void> {
  // The end in a node goes with its other one.
  for (const at of lab.nodes.keys()) await exec(["ip", "link", "delete", port(name, at)]);
  await exec(["ip", "link", "delete", middle(name)]);
  await removeBridge(lab, name);
}
