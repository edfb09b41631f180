import type { LeftEvent } from "../base/leave-event.ts";
import type { CommittedChange } from "../pacemaker/change-cib.ts";
import { vmNameOf } from "../vm/names.ts";
import { changeSummary, mayBeSecret } from "./change-summary.ts";
import { effectLines } from "./effect.ts";

/** Who has made a change, and how. */
export interface ChangeMaker {
  readonly user: string;
  /** How the user is known. */
  readonly by: string;
  /** The words after `haven`. */
  readonly words: readonly string[];
  /** The node that it was made on. */
  readonly node: string;
}

/** Options that name a secret, and do not have it. */
const namesOnly: ReadonlySet<string> = new Set(["--secret", "--secret-file"]);

/** The event of a change that was written: who, by which command, what was changed, and the effect that was simulated. */
export function changeEvent(change: CommittedChange, maker: ChangeMaker): LeftEvent {
  const { user, by, words, node } = maker;
  const { adminEpoch, epoch } = change.version;
  const nodes = new Map(change.cib.nodes.map(({ id, name }) => [id, name]));
  const { lines, vms } = changeSummary(change.changes, (id) => nodes.get(id));
  const command = commandText(words);
  const affected = change.transition.actions.map(({ resource }) => vmNameOf(resource));
  const concerned = new Set([...vms, ...affected.filter((name) => name !== undefined)]);
  const [only, ...others] = vms;
  return {
    node,
    kind: "change.made",
    ...(only === undefined || others.length > 0 ? {} : { vm: only }),
    text: `${user}: ${command}`,
    data: {
      user,
      by,
      command,
      changed: within(5000, lines),
      effect: within(6000, effectLines(change.transition)),
      simulated: change.simulated,
      configuration: adminEpoch === 0 ? `${epoch}` : `${adminEpoch}.${epoch}`,
      vms: within(2500, [...concerned], () => []),
    },
  };
}

/** The event of something that was done to a VM and changes no configuration: who, by which command. */
export function handEvent(vm: string, maker: ChangeMaker): LeftEvent {
  const { user, by, words, node } = maker;
  const command = commandText(words);
  return {
    ...{ node, vm, kind: "change.by-hand", text: `${user}: ${command}` },
    data: { user, by, command, vms: [vm] },
  };
}

/** The command as it was typed, without what may be a secret. */
function commandText(words: readonly string[]): string {
  const shown = words.map((word, at) => {
    const safe = withoutSecret(word, words[at - 1] ?? "");
    return /^[\p{L}\p{N}_@%+=:,./~*…-]+$/u.test(safe) ? safe : `'${safe}'`;
  });
  return ["haven", ...shown].join(" ").slice(0, 400);
}

function withoutSecret(word: string, before: string): string {
  const parts = word.split("=");
  if (namesOnly.has(before) || namesOnly.has(parts[0] ?? "")) return word;
  if (before.startsWith("--") && !before.includes("=") && mayBeSecret(before)) return "…";
  const at = parts.slice(0, -1).findIndex(mayBeSecret);
  return at < 0 ? word : `${parts.slice(0, at + 1).join("=")}=…`;
}

/** As many lines as there is room for, each cut to be a line. */
function within(
  bytes: number,
  lines: readonly string[],
  rest: (count: number) => readonly string[] = (count) => [`… and ${count} more`],
): readonly string[] {
  const kept: string[] = [];
  let left = bytes;
  for (const line of lines) {
    const short = line.length <= 300 ? line : `${line.slice(0, 299)}…`;
    left -= Buffer.byteLength(short) + 3;
    if (left < 0) return [...kept, ...rest(lines.length - kept.length)];
    kept.push(short);
  }
  return kept;
}
