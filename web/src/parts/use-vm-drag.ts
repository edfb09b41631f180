import { type DragEvent, useEffect, useMemo, useState } from "react";
import { planOnVm } from "../actions/vm-actions.ts";
import { whyNotMoveTo } from "../actions/why-not-move-to.ts";
import type { Node, Vm } from "../api/answers.ts";
import { useConsole } from "../app/console-context.ts";

export interface VmDrag {
  /** What is dragged now. */
  readonly vm: Vm | undefined;
  /** The node whose lane it is over. */
  readonly over: string | undefined;
  readonly start: (event: DragEvent, vm: Vm) => void;
  readonly end: () => void;
  /** Why it cannot be dropped on a node; undefined where it can, or nothing is dragged. */
  readonly why: (node: Node) => string | undefined;
  /** What a node's lane listens to. */
  readonly lane: (node: Node) => {
    readonly onDragOver: (event: DragEvent) => void;
    readonly onDragLeave: (event: DragEvent) => void;
    readonly onDrop: (event: DragEvent) => void;
  };
}

/** A VM that is dragged to another node's lane: dropped there, its move is planned, as from its menu. */
export function useVmDrag(): VmDrag {
  const { session, plan } = useConsole();
  const [vm, setVm] = useState<Vm>();
  const [over, setOver] = useState<string>();
  // The same while nothing is dragged, so that no lane is drawn again for it.
  const starts = useMemo(
    () => ({
      start(event: DragEvent, dragged: Vm): void {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", dragged.name);
        // Browsers give up a drag whose page is changed while it begins.
        setTimeout(() => setVm(dragged));
      },
      end(): void {
        setVm(undefined);
        setOver(undefined);
      },
    }),
    [],
  );
  const { end } = starts;
  useEffect(() => {
    if (vm === undefined) return;
    // Browsers tell no end to what is on the page no more. While something is dragged the mouse is not heard.
    const ends = ["dragend", "mousemove", "pointerdown", "keydown"];
    for (const event of ends) addEventListener(event, end);
    return () => {
      for (const event of ends) removeEventListener(event, end);
    };
  }, [vm, end]);
  const why = (node: Node): string | undefined =>
    vm === undefined ? undefined : whyNotMoveTo(node, vm, session.role);
  return {
    ...{ vm, over, ...starts, why },
    lane: (node) => ({
      onDragOver(event) {
        if (vm === undefined) return;
        setOver(node.name);
        if (why(node) !== undefined) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "move";
      },
      onDragLeave(event) {
        if (!event.currentTarget.contains(event.relatedTarget as HTMLElement | null)) setOver(undefined);
      },
      onDrop(event) {
        event.preventDefault();
        starts.end();
        if (vm !== undefined && why(node) === undefined) plan([planOnVm("move", vm.name, node.name)]);
      },
    }),
  };
}
