import { type DragEvent, memo, type ReactNode } from "react";
import type { Vm } from "../api/answers.ts";
import { followLink } from "../app/link.tsx";
import type { Lane } from "./lane-parts.ts";
import { leastWidth } from "./least-width.ts";
import { memoryText } from "./memory-text.ts";

/** The id of what says how a VM is moved. */
export const moveHelpId = "how-to-move";

interface TrackProps {
  readonly lane: Lane;
  readonly isOff: boolean;
  readonly startDrag: (event: DragEvent, vm: Vm) => void;
  readonly endDrag: () => void;
}

/** A node's VMs, drawn to their memory, and what must stay free. Drawn again only where these have changed. */
export const Track = memo(Drawn, isSame);

/** Lanes are counted anew at each change; VMs that were told as before are the same objects. */
function isSame(before: TrackProps, now: TrackProps): boolean {
  const [was, is] = [before.lane, now.lane];
  return (
    before.isOff === now.isOff &&
    before.startDrag === now.startDrag &&
    before.endDrag === now.endDrag &&
    was.reserve?.mib === is.reserve?.mib &&
    was.reserve?.percent === is.reserve?.percent &&
    was.blocks.length === is.blocks.length &&
    was.blocks.every(({ vm, percent }, at) => vm === is.blocks[at]?.vm && percent === is.blocks[at]?.percent)
  );
}

function Drawn({ lane, isOff, startDrag, endDrag }: TrackProps): ReactNode {
  const { blocks, reserve } = lane;
  const least = leastWidth(blocks.length);
  const draggedVm = ({ target }: DragEvent): Vm | undefined => {
    const href = linkOf(target)?.getAttribute("href");
    return blocks.find(({ vm }) => pathOf(vm) === href)?.vm;
  };
  return (
    // One listens for all of them: what is drawn first is drawn with hundreds of VMs.
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link that is chosen with the keyboard is clicked, too
    <ul
      className={isOff ? "haven-track is-off" : "haven-track"}
      onClick={(event) => {
        const href = linkOf(event.target)?.getAttribute("href") ?? undefined;
        if (href !== undefined) followLink(event, href);
      }}
      onDragStart={(event) => {
        const vm = draggedVm(event);
        if (vm !== undefined) startDrag(event, vm);
      }}
      onDragEnd={endDrag}
    >
      {blocks.map(({ vm, percent }) => (
        <li key={vm.name} style={{ inlineSize: `${percent}%`, minInlineSize: least }}>
          <a
            href={pathOf(vm)}
            className={`haven-block is-${vm.state}`}
            aria-label={`${vm.name}, ${vm.state}, ${memoryText(vm.memory)}`}
            aria-describedby={moveHelpId}
          >
            <span title={`${vm.name}: ${vm.state}, ${memoryText(vm.memory)}`}>{vm.name}</span>
          </a>
        </li>
      ))}
      {reserve === undefined ? null : (
        <li
          className="haven-reserve"
          style={{ inlineSize: `${reserve.percent}%` }}
          title={`${memoryText(reserve.mib)} must stay free for the loss of another node`}
        />
      )}
    </ul>
  );
}

function pathOf({ name }: Vm): string {
  return `/vms/${encodeURIComponent(name)}`;
}

function linkOf(target: EventTarget): Element | null {
  return target instanceof Element ? target.closest("a") : null;
}
