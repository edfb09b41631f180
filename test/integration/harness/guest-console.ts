import { existsSync, readFileSync, statSync } from "node:fs";
import type { TestLab } from "./test-lab.ts";

/** One line of the lab's guest: it counts lines, and says how long this boot has been up. */
export interface GuestLine {
  readonly boot: string;
  readonly seq: number;
  /** Seconds. */
  readonly uptime: number;
  /** The node whose log has it; two when a migration cut it in the middle. */
  readonly nodes: readonly string[];
}

/** What a guest has printed to its console, gathered from the logs of all nodes, also of those without power. */
export class GuestConsole {
  constructor(
    readonly lines: readonly GuestLine[],
    /** The logs as they are, by node. */
    readonly texts: ReadonlyMap<string, string>,
  ) {}

  /** Boot identifiers in the order of their first line on any node; one that never restarted has one. */
  get boots(): readonly string[] {
    return [...new Set(this.lines.map((line) => line.boot))];
  }

  /** The last line. */
  get last(): GuestLine | undefined {
    return this.lines.at(-1);
  }

  /** Numbers that are missing between the first and the last line of a boot. */
  missing(boot: string): readonly number[] {
    const seen = new Set(this.lines.filter((line) => line.boot === boot).map((line) => line.seq));
    const [from, to] = [Math.min(...seen), Math.max(...seen)];
    const gaps: number[] = [];
    for (let seq = from; seq <= to; seq++) if (!seen.has(seq)) gaps.push(seq);
    return gaps;
  }

  /** Numbers that are there more than once in a boot. */
  doubled(boot: string): readonly number[] {
    const counts = new Map<number, number>();
    for (const line of this.lines.filter((one) => one.boot === boot)) {
      counts.set(line.seq, (counts.get(line.seq) ?? 0) + 1);
    }
    return [...counts].filter(([, count]) => count > 1).map(([seq]) => seq);
  }
}

const whole = /haven-guest (\S+) boot=([0-9a-f-]{36}) seq=(\d+) uptime=(\d+\.\d\d)\r?\n/g;

/** Reads a guest's console. A VM that moved has left a part of it on each node. */
export function guestConsole(lab: TestLab, vm: string): GuestConsole {
  const texts = new Map<string, string>();
  const written = new Map<string, number>();
  for (const node of lab.nodes) {
    const path = `${node.dir}/upper/var/log/libvirt/qemu/${vm}-console.log`;
    if (!existsSync(path)) continue;
    written.set(node.name, statSync(path).mtimeMs);
    texts.set(node.name, readFileSync(path, "latin1"));
  }
  return joinConsole(vm, texts, written);
}

/**
 * Puts the parts together. A line that a migration cut in two is whole again.
 *
 * @param written When each node's log was last written: tells which of two boots on two nodes came later
 */
export function joinConsole(
  vm: string,
  texts: ReadonlyMap<string, string>,
  written: ReadonlyMap<string, number> = new Map(),
): GuestConsole {
  const found: GuestLine[] = [];
  const pieces: { readonly node: string; readonly text: string }[] = [];
  for (const [node, text] of texts) {
    let end = 0;
    for (const match of text.matchAll(whole)) {
      pieces.push({ node, text: text.slice(end, match.index) });
      end = match.index + match[0].length;
      if (match[1] === vm) found.push(line(match, [node]));
    }
    pieces.push({ node, text: text.slice(end) });
  }
  const parts = pieces.filter(({ text }) => text !== "" && text.length < 400);
  for (const begin of parts) {
    for (const rest of parts) {
      if (begin.node === rest.node) continue;
      found.push(...mended(vm, begin, rest));
    }
  }
  const boots = bootsInOrder(found, texts, written);
  const rank = new Map(boots.map((boot, index) => [boot, index]));
  found.sort((a, b) => (rank.get(a.boot) ?? 0) - (rank.get(b.boot) ?? 0) || a.seq - b.seq);
  return new GuestConsole(found, texts);
}

/** The line of which one log has the end missing and another the beginning. */
function mended(
  vm: string,
  begin: { readonly node: string; readonly text: string },
  rest: { readonly node: string; readonly text: string },
): readonly GuestLine[] {
  // What was cut is at the end of one piece and at the start of the other.
  const head = begin.text.slice(begin.text.lastIndexOf("\n") + 1);
  const tail = rest.text.slice(0, rest.text.indexOf("\n") + 1);
  if (head === "" || tail === "") return [];
  const match = [...`${head}${tail}`.matchAll(whole)][0];
  return match !== undefined && match.index === 0 && match[1] === vm
    ? [line(match, [begin.node, rest.node])]
    : [];
}

function line(match: RegExpMatchArray, nodes: readonly string[]): GuestLine {
  return { boot: match[2] ?? "", seq: Number(match[3]), uptime: Number(match[4]), nodes };
}

/** A boot that is the last in some log came after those that are the last in logs written earlier. */
function bootsInOrder(
  found: readonly GuestLine[],
  texts: ReadonlyMap<string, string>,
  written: ReadonlyMap<string, number>,
): readonly string[] {
  const boots = [...new Set(found.map((one) => one.boot))];
  const place = (text: string, boot: string): number => text.indexOf(`boot=${boot}`);
  const last = new Map<string, number>();
  for (const [node, text] of texts) {
    const here = boots.filter((boot) => place(text, boot) >= 0);
    const [latest] = here.sort((a, b) => place(text, b) - place(text, a));
    if (latest !== undefined) last.set(latest, Math.max(last.get(latest) ?? 0, written.get(node) ?? 1));
  }
  const first = (boot: string): number =>
    Math.min(...[...texts.values()].map((text) => place(text, boot)).filter((at) => at >= 0));
  return boots.sort((a, b) => (last.get(a) ?? 0) - (last.get(b) ?? 0) || first(a) - first(b));
}
