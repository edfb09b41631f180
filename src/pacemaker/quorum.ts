/** How the votes stand, as corosync on one node counts them. */
export interface QuorumStatus {
  readonly quorate: boolean;
  readonly expectedVotes: number;
  readonly totalVotes: number;
  /** How many are a majority. */
  readonly neededVotes: number;
  /** Each of two nodes has quorum alone (`two_node`). */
  readonly twoNode: boolean;
  readonly nodes: readonly QuorumNode[];
  /** The further vote that a server gives, where corosync-qdevice is configured and runs. */
  readonly device?: QuorumDeviceVote;
}

export interface QuorumNode {
  readonly id: number;
  readonly name: string;
  readonly votes: number;
  /** What its corosync-qdevice says; undefined where none has registered. */
  readonly device?: { readonly alive: boolean; readonly voting: boolean };
}

export interface QuorumDeviceVote {
  /** How many votes it gives this node's partition now. */
  readonly votes: number;
}

/**
 * Reads the output of `corosync-quorumtool -s`; undefined when it is none. Source: corosync-quorumtool(8), and
 * show_status in its source for the flags: A/NA alive, V/NV votes, NR not registered.
 */
export function parseQuorum(text: string): QuorumStatus | undefined {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s+(.*?)\\s*$`, "m").exec(text)?.[1];
  const expectedVotes = Number.parseInt(value("Expected votes") ?? "", 10);
  const totalVotes = Number.parseInt(value("Total votes") ?? "", 10);
  const neededVotes = Number.parseInt(value("Quorum") ?? "", 10);
  if (![expectedVotes, totalVotes, neededVotes].every(Number.isInteger)) return undefined;
  const flags = (value("Flags") ?? "").split(/\s+/);
  const table = text.slice(text.indexOf("Membership information"));
  const nodes: QuorumNode[] = [];
  let device: QuorumDeviceVote | undefined;
  for (const line of table.split("\n")) {
    const row = /^\s*(\d+)\s+(\d+)\s+(?:(NR|N?A,N?V,N?MW)\s+)?(\S+)/.exec(line);
    if (row === null) continue;
    const [, id, votes, state, name = ""] = row;
    // The device's own row.
    if (id === "0") device = { votes: Number(votes) };
    else nodes.push({ id: Number(id), votes: Number(votes), name, ...deviceState(state) });
  }
  return {
    quorate: value("Quorate") === "Yes",
    expectedVotes,
    totalVotes,
    neededVotes,
    twoNode: flags.includes("2Node"),
    nodes,
    ...(device === undefined ? {} : { device }),
  };
}

function deviceState(flags: string | undefined): Pick<QuorumNode, "device"> {
  if (flags === undefined || flags === "NR") return {};
  const words = flags.split(",");
  return { device: { alive: words.includes("A"), voting: words.includes("V") } };
}
