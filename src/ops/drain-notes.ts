import { printError } from "../base/errors.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { drainAttribute, drainRecords, writeDrainRecord } from "../vm/drain-record.ts";
import { resourceId, vmNameOf } from "../vm/names.ts";
import type { Environment } from "./environment.ts";

/**
 * Writes beside the standby of nodes which VMs it moves away, and where to. A drain that is begun again while its node
 * is still in standby goes on with what the first had written; of one whose node was back since, nothing is kept.
 */
export function noteDrain(
  editor: CibEditor,
  { actions }: Transition,
  nodes: readonly string[],
  now: number,
): void {
  const before = drainRecords(editor.base);
  for (const node of nodes) {
    const goesOn = isOn(editor.base.node(node)?.attributes.get("standby"));
    const known = goesOn ? before.get(node) : undefined;
    const places = new Map(known?.places);
    for (const { kind, resource, from, to } of actions) {
      const name = vmNameOf(resource);
      if (name === undefined || from !== node || to === undefined || nodes.includes(to)) continue;
      if (kind === "migrate" || kind === "move") places.set(name, to);
    }
    const time = known?.time ?? now;
    editor.setNodeAttributes(node, { [drainAttribute]: writeDrainRecord({ time, places }) });
  }
}

/**
 * Once nodes are empty: where the VMs really went, which may be elsewhere than was simulated. Never throws.
 *
 * @param left The ids of the resources that have left just now; of others it is not known who has moved them
 */
export async function noteWhereTheyWent(
  { pacemaker, signal, log }: Pick<Environment, "pacemaker" | "signal" | "log">,
  nodes: readonly string[],
  left: ReadonlySet<string>,
): Promise<void> {
  if (left.size === 0) return;
  try {
    const status = await pacemaker.status({ signal, attributes: false, fenceHistory: "none", bans: false });
    const runsOn = new Map(
      status.resources.flatMap(({ id, nodes: places }) => {
        const [place] = places;
        return left.has(id) && places.length === 1 && place !== undefined ? [[id, place] as const] : [];
      }),
    );
    await changeCib(
      { pacemaker, signal },
      (editor) => {
        for (const [node, { time, places }] of drainRecords(editor.cib)) {
          if (!nodes.includes(node)) continue;
          const found = [...places].map(
            ([name, place]) => [name, runsOn.get(resourceId(name)) ?? place] as const,
          );
          const record = { time, places: new Map(found) };
          editor.setNodeAttributes(node, { [drainAttribute]: writeDrainRecord(record) });
        }
      },
      { simulate: false },
    );
  } catch (error) {
    log.warn(`Where the VMs went could not be noted, only where they were to go: ${printError(error)}`);
  }
}
