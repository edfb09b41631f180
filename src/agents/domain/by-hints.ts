import { type Answer, failed, ocf, warned } from "../ocf.ts";
import { hypervisorProcesses, type ProcessEvidence, processEvidence } from "../process-evidence.ts";
import { isActive, queryOf } from "./absence.ts";
import { Hypervisor } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { monitorKnown } from "./monitor.ts";
import type { Settings } from "./settings.ts";

/**
 * Looks for the domain without its configuration: by the identity that this node remembers, else by the name that
 * the resource's id or its specification gives.
 *
 * @returns undefined when nothing was found, which says little
 */
export async function monitorByHints(settings: Settings): Promise<Answer | undefined> {
  if (settings.identity !== undefined) return await monitorKnown(settings, settings.identity);
  const { name, uuid, type } = settings.hint;
  if (uuid !== undefined) {
    return await monitorKnown(settings, {
      uuid,
      name: name ?? "",
      type: type ?? "qemu",
      emulator: undefined,
    });
  }
  if (name === undefined) return undefined;
  return await seenByName(settings, name);
}

async function seenByName(settings: Settings, name: string): Promise<Answer | undefined> {
  const hypervisor = new Hypervisor(settings.uri);
  try {
    // No UUID is known: one that nothing has makes libvirt look for the name.
    const nobody = "00000000-0000-0000-0000-000000000000";
    const view = await hypervisor.look({ uuid: nobody, name }, settings.deadline.share(0.3, 8000));
    if (view.kind === "absent" && view.namesake !== undefined) {
      const libvirt = await hypervisor.open(settings.deadline.share(0.1, 3000));
      if (await libvirt.domainIsActive(view.namesake)) return warned(`found by its name ${name}`);
    }
    if (isActive(view)) return warned(`found by its name ${name}`);
  } catch (error) {
    return failed(`libvirt: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await hypervisor.drop();
  }
  return judgeProcesses(name, [
    await processEvidence({ kind: "qemu", uuid: undefined, name }),
    await processEvidence({ kind: "lxc", uuid: undefined, name }),
  ]);
}

function judgeProcesses(name: string, tables: readonly ProcessEvidence[]): Answer | undefined {
  const process = tables.flatMap((table) => table.found)[0];
  if (process !== undefined) return warned(`found by its name ${name}: process ${process.pid}`);
  const doubt = tables.flatMap((table) => table.doubts)[0];
  return doubt === undefined
    ? { code: ocf.notRunning, reason: `nothing of the name ${name} runs` }
    : failed(doubt);
}

/**
 * A stop without any identity: no configuration that can be read, nothing remembered on this node since it booted,
 * no UUID in the specification. What has the name is not ours beyond doubt, and is not ended: the stop fails.
 */
export async function stopByName(settings: Settings): Promise<Answer> {
  const { name } = settings.hint;
  const never = `this node's agent never started it (${settings.problem})`;
  const seen = name === undefined ? undefined : await seenByName(settings, name);
  if (seen !== undefined && seen.code !== ocf.notRunning) {
    return failed(
      `${seen.reason}, and the configuration that would identify it cannot be read: ${settings.problem}`,
    );
  }
  const table = hypervisorProcesses();
  const others = await processesOf(settings.record.others());
  const found = table.found.filter(({ pid, startTime }) => !others.has(`${pid} ${startTime}`));
  return judgeNameless(never, settings.hint.type, { ...table, found });
}

/** Processes that other resources have by UUID: none of them is this one's. */
async function processesOf(identities: readonly Identity[]): Promise<ReadonlySet<string>> {
  const tables: ProcessEvidence[] = [];
  for (const identity of identities) tables.push(await processEvidence(queryOf(identity)));
  const own = tables.flatMap(({ found }) => found).filter(({ by }) => by === "uuid");
  return new Set(own.map(({ pid, startTime }) => `${pid} ${startTime}`));
}

/**
 * The name may be guessed wrong: only a node on which no domain runs but those of other resources certainly does not
 * run this one. (A stop that fails costs a fencing, and all VMs of the node with it.)
 */
export function judgeNameless(
  never: string,
  type: string | undefined,
  table: ReturnType<typeof hypervisorProcesses>,
): Answer {
  if (type === "xen") return failed(`${never}, and Xen's domains are no processes of this system`);
  if (table.doubts.length > 0) return failed(`${never}, and ${table.doubts[0]}: cannot know`);
  const [one] = table.found;
  if (one === undefined)
    return warned(`${never}, and no domain runs on this node but those of other resources: it is stopped`);
  return failed(`${never}, and process ${one.pid} (${one.program || one.comm}) may be it`);
}
