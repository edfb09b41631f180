import type { ReactNode } from "react";
import type { Vm } from "../api/answers.ts";
import { QuickLabel, type QuickLabelProps } from "./quick-label.tsx";

const looks: Readonly<Record<Vm["state"], Pick<QuickLabelProps, "status">>> = {
  running: { status: "success" },
  stopped: {},
  starting: { status: "info" },
  stopping: { status: "info" },
  migrating: { status: "info" },
  failed: { status: "danger" },
  blocked: { status: "danger" },
  unknown: { status: "warning" },
};

/** A VM's state, and what it is to be where that differs. */
export function VmStateLabel({ vm }: { readonly vm: Vm }): ReactNode {
  const isOther = vm.wanted === "stopped" && vm.state === "running";
  return (
    <QuickLabel {...looks[vm.state]} isCompact>
      {isOther ? "running, to be stopped" : vm.state}
    </QuickLabel>
  );
}
