import type { Status, Vm } from "../api/answers.ts";
import { wideScreen } from "../app/wide-screen.ts";
import { type Lane, laneParts } from "../parts/lane-parts.ts";
import { leastWidth } from "../parts/least-width.ts";
import { memoryText } from "../parts/memory-text.ts";

/** So many lanes are on a large screen; the others come with the console. */
const most = 12;

/**
 * The cluster's page as it will be in a moment, in outlines: the nodes' lanes with their VMs. Nothing of it can be chosen, and
 * screen readers wait for the page itself.
 */
export function sketch(status: Status, vms: readonly Vm[]): HTMLElement {
  const { lanes } = laneParts(status.nodes, vms);
  const name = status.cluster.name ?? "";
  const page = element("div", "pf-v6-c-page haven-sketch", [
    element("header", "pf-v6-c-masthead", [
      element("div", "pf-v6-c-masthead__main", [
        element("div", "pf-v6-c-masthead__brand", [
          element("span", "haven-brand", [
            element("span", "haven-name", "Haven"),
            element("span", "haven-cluster", name),
          ]),
        ]),
      ]),
    ]),
    element("div", `pf-v6-c-page__sidebar ${wideScreen.matches ? "pf-m-expanded" : "pf-m-collapsed"}`),
    element("div", "pf-v6-c-page__main-container pf-m-fill", [
      element("div", "pf-v6-c-page__main", [
        element("section", "pf-v6-c-page__main-section pf-m-fill", [
          element("div", "pf-v6-c-page__main-body", [
            element("h1", "pf-v6-c-title pf-m-h1", name === "" ? "Cluster" : name),
            element("div", "haven-lanes", lanes.slice(0, most).map(laneOf)),
          ]),
        ]),
      ]),
    ]),
  ]);
  page.inert = true;
  page.ariaHidden = "true";
  return page;
}

function laneOf({ node, share, blocks, free }: Lane): HTMLElement {
  const text =
    node.memory === undefined || free === undefined
      ? ""
      : `${memoryText(free)} of ${memoryText(node.memory.capacity)} free`;
  const least = leastWidth(blocks.length);
  const track = element(
    "ul",
    "haven-track",
    blocks.map(({ vm, percent }) => {
      const item = element("li", "", [
        element("span", `haven-block is-${vm.state}`, [element("span", "", vm.name)]),
      ]);
      item.style.inlineSize = `${percent}%`;
      item.style.minInlineSize = least;
      return item;
    }),
  );
  const drop = element("div", "haven-drop", [track]);
  drop.style.inlineSize = `${share}%`;
  return element("section", "haven-lane", [
    element("header", "", [element("h2", "", node.name), element("span", "haven-small", text)]),
    drop,
  ]);
}

function element(tag: string, classes: string, inside: string | readonly HTMLElement[] = []): HTMLElement {
  const made = document.createElement(tag);
  made.className = classes;
  if (typeof inside === "string") made.textContent = inside;
  else made.append(...inside);
  return made;
}
