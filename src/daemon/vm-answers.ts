import { HavenError } from "../base/errors.ts";
import type { ApiRequest, ApiRequestId } from "../contract/api-requests.ts";
import type { vmRequests } from "../contract/vm-requests.ts";
import type { vmRoutes } from "../contract/vm-routes.ts";
import type { Environment } from "../ops/environment.ts";
import type { ApiAnswer } from "./api-call.ts";
import { beginsOnVm } from "./begins-on-vm.ts";
import { tagOf } from "./if-match.ts";
import { told } from "./told.ts";

/** Commands after which the configuration is as it was before. */
const configureNothing: ReadonlySet<string> = new Set(["reset", "pause", "resume", "cleanup"]);

/** Answers what is asked of VMs. */
export const vmAnswers: Readonly<Record<keyof typeof vmRoutes, ApiAnswer>> = {
  getVms: async ({ answers }) => told(await answers.answer("vms")),
  getVm: async ({ answers }, { parts }) => {
    const vm = await answers.vm(parts.name ?? "");
    // Not of its state: it is what is changed with `If-Match`.
    return told(vm, { etag: tagOf({ spec: vm.spec, xml: vm.xml }) });
  },
  getVmDetails: async ({ answers, work }, call) => {
    const name = call.parts.name ?? "";
    // A name, and nothing that means several.
    await answers.vm(name);
    return Response.json(
      await work.answer(call, async (environment) => {
        const { vmShow } = await import("../ops/vm-show.ts");
        const [vm] = await vmShow(environment, { names: [name] });
        if (vm === undefined) throw new HavenError("vm.not-found", { name });
        return vm;
      }),
    );
  },
  startVm: act("startVm", "start", async (environment, name, { dryRun = false, force = false }) => {
    const { vmStart } = await import("../ops/vm-start.ts");
    return await vmStart(environment, { names: [name], dryRun, force });
  }),
  stopVm: act(
    "stopVm",
    "stop",
    async (environment, name, { dryRun = false, force = false }) => {
      const { vmStop } = await import("../ops/vm-stop.ts");
      return await vmStop(environment, { names: [name], dryRun, force });
    },
    // It has said what it does.
    ({ force, yes }) => force === true || yes === true,
  ),
  restartVm: act("restartVm", "restart", async (environment, name, { dryRun = false, force = false }) => {
    const { vmRestart } = await import("../ops/vm-restart.ts");
    return await vmRestart(environment, { names: [name], dryRun, force });
  }),
  moveVm: act("moveVm", "move", async (environment, name, { dryRun = false, force = false, to }) => {
    const { vmMove } = await import("../ops/vm-move.ts");
    return await vmMove(environment, {
      ...{ names: [name], dryRun, force },
      ...(to === undefined ? {} : { to }),
    });
  }),
  resetVm: act("resetVm", "reset", power("reset"), () => true),
  pauseVm: act("pauseVm", "pause", power("pause")),
  resumeVm: act("resumeVm", "resume", power("resume")),
  cleanupVm: act("cleanupVm", "cleanup", async (environment, name) => {
    const { vmCleanup } = await import("../ops/vm-cleanup.ts");
    return await vmCleanup(environment, { names: [name] });
  }),
  manageVm: act("manageVm", "manage", manage(true)),
  unmanageVm: act("unmanageVm", "unmanage", manage(false)),
  preferVm: beginsOnVm("preferVm", {
    what: (_request, { name = "" }) => ["vm", "prefer", name],
    async run(environment, { nodes, dryRun = false, force = false }, { parts: { name = "" } }) {
      const { vmPrefer } = await import("../ops/vm-prefer.ts");
      return await vmPrefer(environment, { names: [name], nodes: nodes ?? "here", dryRun, force });
    },
    options: ({ nodes }) =>
      nodes === undefined
        ? ["--here"]
        : nodes.length === 0
          ? ["--none"]
          : nodes.flatMap((one) => ["--on", one]),
  }),
};

type Run<I extends ApiRequestId> = (
  environment: Environment,
  name: string,
  request: ApiRequest<I>,
) => Promise<unknown>;

/** The command of that word, on one VM. */
function act<I extends keyof typeof vmRequests>(
  id: I,
  word: string,
  run: Run<I>,
  agrees?: (request: ApiRequest<I>) => boolean,
): ApiAnswer {
  return beginsOnVm(id, {
    what: (_request, { name = "" }) => ["vm", word, name],
    run: (environment, request, { parts: { name = "" } }) => run(environment, name, request),
    ...(agrees === undefined ? {} : { agrees }),
    ...(configureNothing.has(word) ? { reaches: ({ name = "" }) => name } : {}),
  });
}

function power(what: "reset" | "pause" | "resume") {
  return async (environment: Environment, name: string): Promise<unknown> => {
    const { vmPower } = await import("../ops/vm-power.ts");
    return await vmPower(environment, { names: [name], what });
  };
}

function manage(managed: boolean): Run<"manageVm"> {
  return async (environment, name, { dryRun = false, force = false }) => {
    const { vmManage } = await import("../ops/vm-manage.ts");
    return await vmManage(environment, { names: [name], managed, dryRun, force });
  };
}
