import type { Transition } from "../../src/pacemaker/simulate.ts";

/** "start vm-a on node1", "move b from node1 to node2 (blocked)", "fence node3": sorted, to be compared. */
export type ActionLines = readonly string[];

/** A transition's lines. Where a restart, recovery or change of role is, is said in several ways: left out. */
export function transitionActions({ actions, fenced }: Transition): ActionLines {
  const lines = actions.map(({ kind, resource, from, to, blocked }) =>
    line({ kind, resource, from, to, blocked: blocked === true }),
  );
  return [...lines, ...fenced.map(({ node }) => `fence ${node}`)].sort();
}

/** The same from the section "Transition Summary" of what crm_simulate prints for people. */
export function summaryActions(text: string): ActionLines {
  const section = /Transition Summary:\n([\s\S]*?)(?:\n\n|\n(?=Executing)|$)/.exec(text)?.[1] ?? "";
  return section
    .split("\n")
    .flatMap((each) => {
      const fence = /^ {2}\* Fence \((?:off|reboot)\) (\S+)/.exec(each);
      if (fence !== null) return [`fence ${fence[1]}`];
      const action = /^ {2}\* (\w+)\s+(\S+)\s+\(\s*(.*?)\s*\)/.exec(each);
      if (action === null) return [];
      const [, kind = "", resource = "", where = ""] = action;
      const words = where.split(" -> ").map((word) => word.split(" ").at(-1) ?? "");
      const blocked = /\(blocked\)\s*$/.test(each);
      const [from, to] = words.length > 1 ? words : [words[0], words[0]];
      return [line({ kind: kind.toLowerCase(), resource, from, to, blocked })];
    })
    .sort();
}

function line(action: {
  readonly kind: string;
  readonly resource: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly blocked: boolean;
}): string {
  const { kind, resource, from, to, blocked } = action;
  const places: Readonly<Record<string, string>> = {
    start: ` on ${to}`,
    stop: ` on ${from}`,
    move: ` from ${from} to ${to}`,
    migrate: ` from ${from} to ${to}`,
  };
  return `${kind} ${resource}${places[kind] ?? ""}${blocked ? " (blocked)" : ""}`;
}
