import type { Answer } from "../ocf.ts";
import { type ProcessEvidence, type ProcessQuery, processEvidence } from "../process-evidence.ts";
import type { Hypervisor, View } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { judgeAbsence } from "./judge.ts";
import { qemuNote } from "./qemu-note.ts";
import { processKind, type Settings } from "./settings.ts";

/** Whose processes are looked for. */
export function queryOf(identity: Identity): ProcessQuery {
  return {
    kind: processKind(identity.type),
    uuid: identity.uuid,
    name: identity.name,
    formerName: identity.formerName,
    emulator: identity.emulator,
  };
}

/** True when libvirt shows an active domain. */
export function isActive(view: View): boolean {
  return view.kind === "domain" && view.condition !== "off";
}

/**
 * What it means that libvirt shows no active domain of ours. A process that is about to end does not say whose it
 * is: it gets a moment to go.
 */
export async function examineAbsence(
  settings: Settings,
  identity: Identity,
  view: View,
  hypervisor: Hypervisor,
): Promise<Answer> {
  const { deadline } = settings;
  const until = deadline.passed + deadline.share(0.3, 8000);
  for (;;) {
    const processes = await processEvidence(queryOf(identity));
    const unsure =
      processes.found.length === 0 && processes.doubts.length > 0 && processKind(identity.type) !== "xen";
    if (unsure && deadline.passed < until && !deadline.over) {
      await deadline.pause(200);
      continue;
    }
    return judgeAbsence({
      libvirt: view.kind === "silent" ? "silent" : view.kind === "absent" ? "absent" : "off",
      why: view.kind === "silent" ? view.why : undefined,
      processes: judgeable(processes, identity, view),
      mayStillCreate: await creationPending(settings, identity, view, hypervisor),
      stranger: await strangerOf(settings, view, hypervisor),
      arriving: processes.found.some((process) => process.incoming) && arrivalRecorded(identity.name),
      probe: settings.probe,
    });
  }
}

/** Of Xen's domains the process table knows nothing; libvirt's "absent" is all there is then. */
function judgeable(processes: ProcessEvidence, identity: Identity, view: View): ProcessEvidence {
  const xen = processKind(identity.type) === "xen";
  return xen && view.kind !== "silent" ? { found: [], doubts: [] } : processes;
}

/**
 * A start whose outcome is unknown left a mark. While the daemon that was asked lives, it may still read the
 * request. One that has worked off its queue, and two seconds later still shows no such domain, has done with it.
 */
export async function creationPending(
  settings: Settings,
  identity: Identity,
  view: View,
  hypervisor: Hypervisor,
): Promise<boolean> {
  const { record, deadline } = settings;
  if (!record.mayStillCreate()) return false;
  if (view.kind === "silent") return true;
  if (!(await hypervisor.passQueue(identity, deadline.share(0.2, 5000)))) return true;
  await deadline.pause(2000);
  const again = await hypervisor.look(identity, deadline.share(0.2, 5000));
  if (again.kind === "silent" || isActive(again)) return true;
  const { found, doubts } = await processEvidence(queryOf(identity));
  if (found.length > 0 || doubts.length > 0) return true;
  record.settled();
  return false;
}

/** Another domain with our name: harmless, unless it writes to our disks: then it is our guest under a second name. */
export async function strangerOf(
  settings: Settings,
  view: View,
  hypervisor: Hypervisor,
): Promise<string | undefined> {
  if (view.kind !== "absent" || view.namesake === undefined || settings.xml === undefined) return undefined;
  const { namesake } = view;
  const { sharedDisks } = await import("./disks.ts");
  try {
    const libvirt = await hypervisor.open(settings.deadline.share(0.2, 5000));
    if (!(await libvirt.domainIsActive(namesake))) return undefined;
    const shared = sharedDisks(settings.xml, await libvirt.domainGetXMLDesc(namesake));
    if (shared.length === 0) return undefined;
    return `domain ${namesake.name} with UUID ${namesake.uuid} runs here and writes to this VM's disk ${shared[0]}`;
  } catch {
    return `a domain ${namesake.name} with UUID ${namesake.uuid} is here, and what it is cannot be found out`;
  }
}

/** By libvirt's own note of the domain: may a migration be coming in? Without a note it may. */
function arrivalRecorded(name: string): boolean {
  const state = /<domstatus\s[^>]*state=['"](\w+)['"]/.exec(qemuNote(name) ?? "")?.[1];
  return state !== "running";
}
