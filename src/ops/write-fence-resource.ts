import type { CibEditor, NvValues } from "../pacemaker/cib-editor.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { hiddenValue } from "./fence-devices.ts";
import type { FenceResource } from "./fence-resource.ts";
import { operation, pairs } from "./resource-parts.ts";

/**
 * Puts a fence resource into a configuration, or makes the one of its id so. A resource of one server never runs
 * on it.
 *
 * @param secretsBeside Whether this Pacemaker can keep values beside the CIB
 */
export function writeFenceResource(editor: CibEditor, resource: FenceResource, secretsBeside: boolean): void {
  const { id, agent, hosts, parameters, secrets } = resource;
  const secret = Object.entries(secrets).map(([name, value]) => [name, secretsBeside ? hiddenValue : value]);
  const values: NvValues = { ...parameters, ...Object.fromEntries(secret) };
  const before = editor.cib.byId(id);
  if (before !== undefined && before.get("type") === agent) {
    const gone = [...editor.cib.nvpairs(before, "instance_attributes").keys()];
    const none = Object.fromEntries(gone.map((name) => [name, undefined]));
    editor.setNvpairs(id, "instance_attributes", { ...none, ...values });
  } else {
    const primitive = fencePrimitive(id, agent, values);
    if (before === undefined) editor.addResource(primitive);
    else editor.replace(primitive);
  }
  const [only, second] = hosts;
  if (only === undefined || second !== undefined) return;
  const { node } = only;
  editor.put(
    "constraints",
    xml("rsc_location", { id: `${id}-not-there`, rsc: id, node, score: "-INFINITY" }),
  );
}

function fencePrimitive(id: string, agent: string, values: NvValues): XmlElement {
  return xml("primitive", { id, class: "stonith", type: agent }, [
    pairs("instance_attributes", `${id}-params`, values),
    // A device that does not answer is tried again later, and not without end in between.
    pairs("meta_attributes", `${id}-meta`, { "migration-threshold": 3, "failure-timeout": "300s" }),
    xml("operations", {}, [
      operation(id, "monitor", "60s", "60s"),
      operation(id, "start", "0s", "60s"),
      operation(id, "stop", "0s", "20s"),
    ]),
  ]);
}
