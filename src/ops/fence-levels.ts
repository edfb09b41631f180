import { fenceKinds, isSecretParameter } from "../contract/fence-kinds.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { xml } from "../xml/element.ts";
import { fenceDevices, fenceLevels, levelsOf } from "./fence-devices.ts";
import { watchdogAgent, watchdogDevice } from "./watchdog-fencing.ts";

export interface LevelWish {
  readonly node: string;
  /** Several where each switches one of the node's power supplies: they are one step, which needs all of them. */
  readonly devices: readonly string[];
  /** 1 to 9; the next free one unless said, where the node has levels. */
  readonly level: number | undefined;
  /** The node's other devices. */
  readonly others: readonly string[];
  /** Comes after all others. */
  readonly isLast: boolean;
}

/**
 * Puts a device into a node's escalation, and says how. A node without levels keeps none, unless the device is several:
 * the cluster tries all devices of such a node, and is content with the first that succeeds. Where the first level is
 * made, the devices that the node had get one too, since a device in no level is not used any more. A person stays behind
 * what works by itself, unless a level is named, and the watchdog behind all others, since Pacemaker waits for it only
 * when nothing else is left.
 */
export function addToLevels(editor: CibEditor, wish: LevelWish): readonly string[] {
  const { node, others } = wish;
  const last = lastOf(editor.cib, wish);
  if (last.length === 0) return addDevices(editor, wish, false);
  const before = levelsOf(editor.cib, node).filter((one) => one.devices.some((id) => last.includes(id)));
  const without = (ids: readonly string[]): readonly string[] => ids.filter((id) => !last.includes(id));
  for (const level of before) putLevel(editor, node, level.index, without(level.devices));
  const lines = [...addDevices(editor, { ...wish, others: without(others) }, true)];
  for (const id of last) {
    const index = Math.max(0, ...levelsOf(editor.cib, node).map((one) => one.index)) + 1;
    putLevel(editor, node, index, [id]);
    const isSame = before.some((one) => one.index === index && one.devices.join() === id);
    if (!isSame) lines.push(`  ${node}: ${id} is level ${index}`);
  }
  return lines;
}

/** What the node has that is to stay behind what comes now, in that order. */
function lastOf(cib: Cib, { node, devices, level, others }: LevelWish): readonly string[] {
  const levels = levelsOf(cib, node);
  const agents = new Map(fenceDevices(cib, isSecretParameter).map(({ id, agent }) => [id, agent]));
  const had = [...new Set([...levels.flatMap((one) => one.devices), ...others])];
  // Whoever is named together with a person in one level, or names a level, has an order in mind.
  const mayMove = (id: string): boolean =>
    level === undefined && levels.every((one) => one.devices.length === 1 || !one.devices.includes(id));
  const isPerson = (id: string): boolean =>
    agents.get(id) !== watchdogAgent &&
    fenceKinds.some((kind) => kind.agent === agents.get(id) && kind.isLast);
  const isWatchdog = (id: string): boolean => id === watchdogDevice;
  if (devices.some(isWatchdog)) return [];
  const persons = devices.some(isPerson) ? [] : had.filter((id) => isPerson(id) && mayMove(id));
  return [...persons, ...had.filter(isWatchdog)].filter((id) => !devices.includes(id));
}

/** @param always Also where the device would be the only one in a level */
function addDevices(editor: CibEditor, wish: LevelWish, always: boolean): readonly string[] {
  const { node, devices, level, others, isLast } = wish;
  const levels = levelsOf(editor.cib, node);
  const had = levels.some((one) => devices.every((device) => one.devices.includes(device)));
  const several = devices.length > 1;
  const wants =
    always || level !== undefined || levels.length > 0 || several || (isLast && others.length > 0);
  if (!wants || (had && level === undefined)) return [];
  const lines: string[] = [];
  if (levels.length === 0 && others.length > 0) {
    let index = 0;
    for (const other of others) {
      index += index + 1 === level ? 2 : 1;
      putLevel(editor, node, index, [other]);
      lines.push(`  ${node}: ${other} is level ${index}`);
    }
  }
  const now = levelsOf(editor.cib, node);
  // One that is in a level already, as the first of what are several now, stays there.
  const there = several
    ? now.find((one) => devices.some((device) => one.devices.includes(device)))
    : undefined;
  const index = level ?? there?.index ?? Math.max(0, ...now.map((one) => one.index)) + 1;
  const beside = (now.find((one) => one.index === index)?.devices ?? []).filter(
    (one) => !devices.includes(one),
  );
  putLevel(editor, node, index, [...beside, ...devices]);
  const must = beside.length === 0 ? "" : ` beside ${beside.join(", ")}`;
  const all = several || beside.length > 0 ? ": all of them must succeed" : "";
  lines.push(`  ${node}: ${devices.join(" and ")} ${several ? "are" : "is"} level ${index}${must}${all}`);
  return lines;
}

/** Makes a level what it is to be; no devices: it goes. */
export function putLevel(editor: CibEditor, node: string, index: number, devices: readonly string[]): void {
  const there = fenceLevels(editor.cib).find(
    ({ target, index: at }) => "node" in target && target.node === node && at === index,
  );
  if (devices.length === 0) {
    if (there !== undefined) editor.remove(there.id);
    return;
  }
  const id = there?.id ?? `fence-level-${node.replaceAll(/[^A-Za-z0-9_.-]/g, "-")}-${index}`;
  editor.put(
    "fencing-topology",
    xml("fencing-level", { id, target: node, index, devices: devices.join(",") }),
  );
}
