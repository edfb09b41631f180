import { naturalOrder } from "../base/natural-order.ts";
import type { StatusLink, StatusProblem } from "../contract/status-report.ts";
import type { LinkStatus } from "../pacemaker/links.ts";
import type { ClusterStatus, NodeStatus } from "../pacemaker/status.ts";

/** The links of the node that was asked to the other ones, by their names. */
export function linkViews(status: ClusterStatus, links: readonly LinkStatus[]): readonly StatusLink[] {
  return links
    .flatMap(({ link, address, peer, connected }): readonly StatusLink[] => {
      const node = status.nodes.find(({ id }) => id === String(peer));
      return node === undefined ? [] : [{ link, node: node.name, address, up: connected }];
    })
    .toSorted((a, b) => a.link - b.link || naturalOrder(a.node, b.node));
}

/** Which links are down to nodes that are there: the links of a node that is off are down with it. */
export function linkProblems(status: ClusterStatus, links: readonly StatusLink[]): readonly StatusProblem[] {
  const isThere = ({ online, pending, unclean }: NodeStatus): boolean => online && !pending && !unclean;
  const there = new Set(status.nodes.filter(isThere).map(({ name }) => name));
  const own = links.filter(({ node }) => there.has(node));
  const numbers = [...new Set(own.map(({ link }) => link))];
  return numbers.flatMap((number): readonly StatusProblem[] => {
    const all = own.filter(({ link }) => link === number);
    const down = all.filter(({ up }) => !up);
    if (down.length > 1 && down.length === all.length) {
      const text = `Link ${number} is down to all other nodes, as seen from here${leftOver(own, down)}`;
      return [problem(text, `This node's own port and its switch: ip address | grep ${all[0]?.address}`)];
    }
    return down.map((one) => ({
      ...problem(
        `Link ${number} to ${one.node} is down, as seen from here${leftOver(own, [one])}`,
        "Cables, switch and addresses of both; see: corosync-cfgtool -n",
      ),
      subject: one.node,
    }));
  });
}

function leftOver(all: readonly StatusLink[], down: readonly StatusLink[]): string {
  const left = down.map(({ node }) => all.filter((one) => one.node === node && one.up).length);
  const least = Math.min(...left);
  if (least === 0) return ": no other one is left, and the cluster is about to part";
  return least === 1 ? ": one is left, and when that is lost the cluster parts" : "";
}

function problem(text: string, next: string): StatusProblem {
  return { severity: "warning", code: "link.down", text, next };
}
