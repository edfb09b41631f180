/** A knet link from this node to another one, as corosync on this node sees it. */
export interface LinkStatus {
  /** The link's number, as in corosync.conf. */
  readonly link: number;
  /** This node's own address on it. */
  readonly address: string;
  /** The other node's id. */
  readonly peer: number;
  readonly connected: boolean;
}

/**
 * Reads the output of `corosync-cfgtool -s`; undefined when it is none, or of another transport than knet. A link of which
 * it says neither that it is connected nor that it is not is left out. Source: corosync-cfgtool(8), and
 * showaddrs_do in its source.
 */
export function parseLinks(text: string): readonly LinkStatus[] | undefined {
  if (!/^Local node ID \d+, transport knet$/m.test(text)) return undefined;
  const found: LinkStatus[] = [];
  let link: number | undefined;
  let address = "";
  for (const line of text.split("\n")) {
    const head = /^LINK ID (\d+)\b/.exec(line)?.[1];
    if (head !== undefined) {
      link = Number(head);
      address = "";
    }
    address = /^\s+addr\s*=\s*(\S+)/.exec(line)?.[1] ?? address;
    const [, peer, word] = /^\s+nodeid:\s*(\d+):\s+(connected|disconnected)\s*$/.exec(line) ?? [];
    if (link !== undefined && peer !== undefined) {
      found.push({ link, address, peer: Number(peer), connected: word === "connected" });
    }
  }
  return found;
}
