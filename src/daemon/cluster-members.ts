import { readFile } from "node:fs/promises";
import { naturalOrder } from "../base/natural-order.ts";
import { corosyncConfPath } from "../host/node-facts.ts";
import { readCorosyncConf } from "../pacemaker/corosync.ts";
import type { StatusKeeper } from "./status-keeper.ts";

/** What is asked for names within that time gets the same answer. */
const freshMs = 1000;

/** The names of the cluster's nodes: of Corosync, and with what runs also Pacemaker's, which has remote nodes besides. */
export class ClusterMembers {
  #read: { readonly at: number; readonly names: Promise<readonly string[]> } | undefined;

  constructor(
    private readonly keeper: Pick<StatusKeeper, "last"> | undefined,
    /** The same file on every node; it is there also while the cluster does not run. */
    private readonly path: string = corosyncConfPath,
  ) {}

  /** In their order; none where this node is of no cluster. Never throws. */
  async names(): Promise<readonly string[]> {
    const now = performance.now();
    if (this.#read === undefined || now - this.#read.at > freshMs) {
      this.#read = { at: now, names: inCorosync(this.path) };
    }
    // A guest that is a node of Pacemaker's is not one of Haven's.
    const known = this.keeper?.last?.status.nodes.filter(
      ({ type }) => type === "member" || type === "remote",
    );
    const names = [...(await this.#read.names), ...(known ?? []).map(({ name }) => name)];
    return [...new Set(names)].sort(naturalOrder);
  }
}

async function inCorosync(path: string): Promise<readonly string[]> {
  try {
    const { nodes } = readCorosyncConf(await readFile(path, "utf8"));
    return nodes.map(({ name }) => name).filter((name) => name !== "");
  } catch {
    return [];
  }
}
