import { printError } from "../base/errors.ts";
import { enable, type SetupNode } from "./cluster-node-setup.ts";
import { systemctl } from "./cluster-services.ts";

/**
 * Has Haven's own daemon run on a node, now and at boot, where its unit is installed. No VM depends on it, so that
 * nothing of it keeps a cluster from being made.
 *
 * @returns what is not as it should be
 */
export async function startDaemon(node: SetupNode): Promise<readonly string[]> {
  const { access, changed } = node;
  try {
    const known = await access.exec(["systemctl", "is-enabled", "haven"]);
    if (!["enabled", "disabled"].includes(known.stdout.trim())) return [];
    await enable(node, ["haven"]);
    const active = await access.exec(["systemctl", "is-active", "haven"]);
    if (active.code === 0) return [];
    await systemctl(access, "start", "haven");
    changed.push("haven");
    return [];
  } catch (error) {
    return [`Haven's daemon does not run on ${node.plan.name}: ${printError(error)}`];
  }
}
