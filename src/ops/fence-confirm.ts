import { HavenError } from "../base/errors.ts";
import type { NodeStatus } from "../pacemaker/status.ts";
import { hear, nodeAddresses } from "../power/heard.ts";
import { manualAnswerName, manualRequests } from "../power/manual-fencing.ts";
import type { Environment } from "./environment.ts";
import { checkNodeNames } from "./node-names.ts";

export interface FenceConfirmOptions {
  readonly node: string;
  /** Asks for the node's name, to be typed once more; what was typed, undefined where nobody can answer. */
  readonly typedName: (question: string) => Promise<string | undefined>;
  /** Signs of life at an address; for tests. */
  readonly hear?: (node: string) => Promise<string | undefined>;
}

export interface FenceConfirmResult {
  readonly node: string;
  /** Whether an agent waited for it; else the cluster was told directly. */
  readonly waited: boolean;
}

/**
 * A person says that a node is certainly off, and its VMs start elsewhere. Asked twice, and refused while the node
 * is seen alive: as a member of the cluster, or by an answer at one of its addresses.
 *
 * @throws HavenError cib.not-found, fence.refused, vm.declined, pacemaker.*
 */
export async function fenceConfirm(
  environment: Environment,
  options: FenceConfirmOptions,
): Promise<FenceConfirmResult> {
  const { node } = options;
  const { pacemaker, signal, clock } = environment;
  const status = await pacemaker.status({ signal });
  checkNodeNames([node], status.nodes);
  const target = status.nodes.find(({ name }) => name === node);
  refuseUnlessLost(node, target);
  environment.progress(`Listening whether ${node} is heard`);
  const heard = await (options.hear ?? heardAt)(node);
  if (heard !== undefined) {
    throw new HavenError("fence.refused", {
      what: `${node} is alive: ${heard}`,
      hint: "Switch it off first: pull its plug, or hold its power button until it is dark",
    });
  }
  const agreed = await environment.confirm(
    `Is ${node} off, and sure to stay off until you switch it on again?`,
    [
      `What ran on ${node} starts elsewhere at once. If ${node} still runs, its VMs then run twice and write to the`,
      "same disks. Nobody can be heard there, which proves nothing: look at the server, or at its power.",
    ],
  );
  if (!agreed) throw new HavenError("vm.declined");
  const typed = await options.typedName(`Type the name of the node that is off`);
  if (typed?.trim() !== node) {
    const found = typed === undefined ? "nothing" : `'${typed.trim().slice(0, 80)}'`;
    throw new HavenError("fence.refused", {
      what: `Not confirmed: expected ${node}, found ${found}`,
      hint: `For scripts: haven fence confirm ${node} --yes --confirm-node ${node}`,
    });
  }
  // What the cluster thinks may have changed while the person looked.
  const now = await pacemaker.status({ signal });
  refuseUnlessLost(
    node,
    now.nodes.find(({ name }) => name === node),
  );
  const requests = manualRequests(now.nodes, clock.now()).filter((request) => request.target === node);
  for (const { askedBy, word } of requests) {
    await pacemaker.setTransientAttribute(askedBy, manualAnswerName(node), word, { signal });
  }
  if (requests.length === 0) await pacemaker.confirmNodeOff(node, { signal });
  return { node, waited: requests.length > 0 };
}

/** @throws HavenError fence.refused */
function refuseUnlessLost(node: string, status: NodeStatus | undefined): void {
  if (status === undefined || (status.unclean && !status.online)) return;
  if (status.online) {
    throw new HavenError("fence.refused", {
      what: `${node} is alive: it is a member of the cluster`,
      hint: `To have it fenced: stonith_admin --reboot ${node}; to empty it: haven node standby ${node}`,
    });
  }
  throw new HavenError("fence.refused", {
    what: `The cluster knows already that ${node} is off: there is nothing to confirm`,
  });
}

async function heardAt(node: string): Promise<string | undefined> {
  return await hear(await nodeAddresses({ node }), { waitMs: 2000 });
}
