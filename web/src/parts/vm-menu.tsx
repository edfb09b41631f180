import type { ReactNode } from "react";
import { planOnVm, vmActionIds, vmActionLabel, whyNotOnVm } from "../actions/vm-actions.ts";
import { whyNotMoveTo } from "../actions/why-not-move-to.ts";
import type { Vm } from "../api/answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { ActionItem } from "./action-item.tsx";
import { Menu } from "./menu.tsx";

/** Everything that can be done to a VM; what cannot be done now is there with its reason. */
export function VmMenu({ vm, text }: { readonly vm: Vm; readonly text?: string }): ReactNode {
  return (
    <Menu label={`Actions on ${vm.name}`} {...(text === undefined ? {} : { text })}>
      <Items vm={vm} />
    </Menu>
  );
}

function Items({ vm }: { readonly vm: Vm }): ReactNode {
  const { session, plan } = useConsole();
  const targets = useMoveTargets(vm);
  return vmActionIds.flatMap((id) => {
    const why = whyNotOnVm(id, vm, session.role);
    const isDanger = planOnVm(id, vm.name).isDanger;
    const item = (label: string, to?: string): ReactNode => (
      <ActionItem key={label} {...{ label, why, isDanger }} act={() => plan([planOnVm(id, vm.name, to)])} />
    );
    if (id !== "move" || why !== undefined) return [item(vmActionLabel(id))];
    return [item("Move live to the best node"), ...targets.map((to) => item(`Move live to ${to}`, to))];
  });
}

/** The nodes that could take it; the simulation says whether they do. */
function useMoveTargets(vm: Vm): readonly string[] {
  const { session } = useConsole();
  const nodes = useCluster().status?.nodes ?? [];
  return nodes.filter((node) => whyNotMoveTo(node, vm, session.role) === undefined).map(({ name }) => name);
}
