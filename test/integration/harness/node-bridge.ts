import type { TestLab } from "./test-lab.ts";

/** Makes a Linux bridge on each node that has power and none of that name yet. It has no port to the outside. */
export async function nodeBridge(lab: TestLab, name: string): Promise<void> {
  for (const node of lab.on()) {
    const there = await lab.node(node).exec(["ip", "link", "show", name]);
    if (there.code !== 0) await lab.run(node, ["ip", "link", "add", name, "type", "bridge"]);
    await lab.run(node, ["ip", "link", "set", name, "up"]);
  }
}

/** Takes it away again. */
export async function removeBridge(lab: TestLab, name: string): Promise<void> {
  for (const node of lab.on()) await lab.node(node).exec(["ip", "link", "delete", name]);
}
