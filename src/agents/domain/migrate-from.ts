import { printError } from "../../base/errors.ts";
import { type Answer, failed, warned } from "../ocf.ts";
import { processEvidence } from "../process-evidence.ts";
import { queryOf } from "./absence.ts";
import { Hypervisor, namedAs, type View } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { getMark } from "./migration-marker.ts";
import { readPolicies } from "./policies.ts";
import type { Settings } from "./settings.ts";
import { migrationRole, settle } from "./settle.ts";
import { untilScriptsPass } from "./start.ts";

/** The action migrate_from: the guest has come, and runs here. */
export async function migrateFrom(settings: Settings): Promise<Answer> {
  const { identity, deadline } = settings;
  if (identity === undefined) return failed(`the configuration cannot be read: ${settings.problem}`);
  const hypervisor = new Hypervisor(settings.uri);
  let why = "nothing was seen";
  // An incoming migration ends within moments of migrate_to's success; silence of libvirt may last longer.
  const patience = deadline.passed + deadline.share(0.5, 60_000);
  try {
    while (!deadline.over) {
      const view = await hypervisor.look(identity, deadline.share(0.1, 5000));
      const problem = await arrivalProblem(settings, identity, view, hypervisor);
      if (problem === undefined) {
        settings.record.keep(namedAs(identity, view));
        const policies = readPolicies(settings);
        if (policies.setClock) await setClock(settings, view, hypervisor);
        return await untilScriptsPass(settings, identity, policies.monitorScripts);
      }
      why = problem;
      if (deadline.passed > patience) return await lastResort(settings, identity, view, why);
      await deadline.pause(view.kind === "silent" ? 1000 : 100);
    }
    return failed(`not here in time: ${why}`);
  } catch (error) {
    return failed(`migrate_from: ${printError(error).replaceAll("\n", ";")}`);
  } finally {
    hypervisor.drop();
  }
}

/** It stood still for the end of the migration. A guest whose clock cannot be set runs on with it. */
async function setClock(settings: Settings, view: View, hypervisor: Hypervisor): Promise<void> {
  if (view.kind !== "domain") return;
  const timeoutMs = settings.deadline.share(0.1, 3000);
  try {
    const { setGuestClock } = await import("../../libvirt/set-guest-clock.ts");
    await setGuestClock(await hypervisor.open(timeoutMs), view.domain, { timeoutMs });
  } catch {
    // libvirt's silence was no obstacle to the arrival, nor is it one to the clock.
  }
}

/** Why it cannot be said yet that the guest runs here; undefined when it can. */
async function arrivalProblem(
  settings: Settings,
  identity: Identity,
  view: View,
  hypervisor: Hypervisor,
): Promise<string | undefined> {
  const { deadline } = settings;
  if (view.kind === "silent") return `libvirt does not answer: ${view.why}`;
  if (view.kind === "absent") return `the domain ${identity.name} is not here`;
  switch (view.condition) {
    case "running":
    case "busy":
    case "io-error":
    case "pm-suspended":
      return undefined;
    case "suspended":
    case "migrating": {
      const options = { timeoutMs: deadline.share(0.1, 5000) };
      const local = await hypervisor.open(options.timeoutMs);
      if ((await migrationRole(local, view.domain, options)) === "in") return "the migration has not ended";
      const mark = await getMark(local, view.domain, options);
      if (mark === undefined || mark.suspended)
        return view.condition === "suspended" ? undefined : "it stands still";
      const { timeoutMs } = options;
      const self = mark.target;
      const context = { self, local, domain: view.domain, mark, timeoutMs, handedOver: true };
      const result = await settle(context);
      if (result.kind === "here") return undefined;
      return result.kind === "undecided" ? result.why : `${mark.source} still runs it`;
    }
    default:
      return `the domain is ${view.condition}`;
  }
}

/** libvirt keeps silent for too long: migrate_to's success and a process here are evidence enough. */
async function lastResort(settings: Settings, identity: Identity, view: View, why: string): Promise<Answer> {
  if (view.kind !== "silent") return failed(why);
  const { found } = await processEvidence(queryOf(identity));
  const own = found.find((process) => process.by === "uuid");
  if (own === undefined) return failed(`${why}; no process of it exists here`);
  settings.record.keep(identity);
  return warned(`${why}; it runs as process ${own.pid}`);
}
