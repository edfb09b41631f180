import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import type { PlannedAction } from "./planned-action.ts";
import { routePath } from "./route-path.ts";

type Spec = Readonly<Record<string, unknown>>;

const rest = { hasDryRun: true, isAtOnce: false, isDanger: false, warning: undefined } as const;

/** Makes a VM what a specification says. @param ifMatch The tag of what was read, so that nobody is written over */
export function planEdit(name: string, spec: Spec, ifMatch: string, done: () => void): PlannedAction {
  const path = routePath(vmDefinitionRoutes.editVm.path, name);
  return {
    ...{ ...rest, label: "Change", title: "Change", subject: name, path, method: "PUT", ifMatch },
    ...{ body: { spec }, outcome: whenDone(done) },
  };
}

/** Adds a VM, and starts it unless it is to be left stopped. */
export function planAdd(spec: Spec, stopped: boolean, done: () => void): PlannedAction {
  const subject = typeof spec.name === "string" ? spec.name : "the new VM";
  const { path } = vmDefinitionRoutes.addVms;
  return {
    ...{ ...rest, label: "Create", title: "Create", subject, path },
    ...{ body: { specs: [spec], stopped }, outcome: whenDone(done) },
  };
}

/** Makes a VM what it was at a version. */
export function planRevert(name: string, version: string): PlannedAction {
  const path = routePath(vmDefinitionRoutes.revertVm.path, name);
  return {
    ...{ ...rest, label: "Revert", title: "Revert", path, body: { version } },
    subject: name,
  };
}

function whenDone(done: () => void): () => undefined {
  return () => {
    done();
    return undefined;
  };
}
