import type { RawConfiguration, RawResource } from "../ops/raw-list.ts";
import type { RawOptions } from "../ops/raw-options.ts";
import type { RawDetail } from "../ops/raw-show.ts";
import type { AgentMetadata } from "../pacemaker/agent-metadata.ts";
import { agentLines } from "./render-fence.ts";
import { styled, table } from "./table.ts";

/** `haven raw list`. */
export function rawLines(
  { resources, constraints, tags }: RawConfiguration,
  color: boolean,
): readonly string[] {
  if (resources.length + constraints.length + tags.length === 0) return ["There are none but Haven's"];
  const parts: (readonly string[])[] = [];
  if (resources.length > 0) {
    const rows = resources.map((one) => [
      `${"  ".repeat(one.inside.length)}${one.id}`,
      one.agent ?? (one.promotable === true ? "promotable clone" : one.type),
      ...whereOf(one.instances),
    ]);
    parts.push(table(["RESOURCE", "WHAT IT IS", "STATE", "NODES"], rows, color));
  }
  if (constraints.length > 0) {
    const rows = constraints.map(({ id, type, text }) => [id, type, text]);
    parts.push(table(["CONSTRAINT", "TYPE", "SAYS"], rows, color));
  }
  if (tags.length > 0) {
    const rows = tags.map(({ id, objects }) => [id, objects.join(", ")]);
    parts.push(table(["TAG", "ON"], rows, color));
  }
  return parts.flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}

function whereOf(instances: RawResource["instances"]): readonly [string, string] {
  const states = [
    ...new Set(instances.map(({ state, managed }) => (managed ? state : `${state} (unmanaged)`))),
  ];
  return [states.join(", "), [...new Set(instances.flatMap(({ nodes }) => nodes))].join(", ")];
}

/** `haven raw show`. */
export function rawDetailLines(detail: RawDetail, color: boolean): readonly string[] {
  const { id, type, xml, namedBy, instances, failures } = detail;
  const [state, nodes] = whereOf(instances);
  return [
    `${styled(id, "bold", color)}: ${type}${state === "" ? "" : `, ${state}`}${nodes === "" ? "" : ` on ${nodes}`}`,
    ...failures.map((line) => styled(line, "red", color)),
    ...(namedBy.length === 0 ? [] : [`Named by ${namedBy.join(", ")}`]),
    ...["", ...xml.split("\n")],
  ];
}

/** `haven raw agent AGENT`. */
export function agentHelpLines(metadata: AgentMetadata, color: boolean): readonly string[] {
  const [first = "", ...rest] = agentLines(metadata, color);
  return [first, ...(metadata.long === "" ? [] : [metadata.long]), ...rest];
}

/** `haven raw options`. */
export function optionLines(options: RawOptions, all: boolean, color: boolean): readonly string[] {
  const titles = {
    cluster: "Options of the cluster",
    resources: "Defaults of all resources",
    operations: "Defaults of all operations",
  } as const;
  const parts = (["cluster", "resources", "operations"] as const).flatMap((owner) => {
    const shown = options[owner].filter(({ set }) => all || set !== undefined);
    if (shown.length === 0) return [];
    const rows = shown.map((one) => {
      const hidden = one.set === undefined ? "" : "(not shown)";
      const type = one.choices.length > 0 ? one.choices.join("|") : one.type;
      return [one.name, one.value ?? hidden, ...(all ? [one.default ?? "", type] : []), one.short];
    });
    const head = ["OPTION", "VALUE", ...(all ? ["DEFAULT", "TYPE"] : []), ""];
    return [[styled(titles[owner], "bold", color), ...table(head, rows, color)]];
  });
  if (parts.length === 0) return ["None is set; what there is: haven raw options --all"];
  return parts.flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}
