import type { VmActionRequest, VmRequestAction } from "../contract/vm-action-request.ts";
import type { Environment } from "./environment.ts";
import { vmMove } from "./vm-move.ts";
import { vmPower } from "./vm-power.ts";
import { vmStart } from "./vm-start.ts";
import { vmStop } from "./vm-stop.ts";

export interface VmActionOptions {
  readonly action: VmRequestAction;
  /** One VM's name: the caller has seen that there is one. */
  readonly name: string;
  readonly request: VmActionRequest;
}

/** Does what a request has asked for. @returns what the command prints with --json @throws HavenError as those do */
export async function vmAction(environment: Environment, options: VmActionOptions): Promise<unknown> {
  const { action, name, request } = options;
  const names = [name];
  const { dryRun = false, force = false, to } = request;
  switch (action) {
    case "start":
      return await vmStart(environment, { names, dryRun, force });
    case "stop":
      return await vmStop(environment, { names, dryRun, force });
    case "move":
      return await vmMove(environment, { names, dryRun, force, ...(to === undefined ? {} : { to }) });
    case "reset":
    case "pause":
    case "resume":
      return await vmPower(environment, { names, what: action });
  }
}
