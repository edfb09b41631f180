import { type Answer, failed, ocf, warned } from "../ocf.ts";
import { hypervisorProcesses, type ProcessEvidence, processEvidence } from "../process-evidence.ts";
import { isActive, queryOf } from "./absence.ts";
import { Hypervisor } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { monitorKnown } from "./monitor.ts";
import { type KnownSettings, type Settings, whomToSeek } from "./settings.ts";

/**
 * Looks for the domain without its configuration: by the identity that this node remembers, else by the name that
 * the resource's id or its specification gives.
 *
 * @returns undefined when nothing was found, which says little
 */
export async function monitorByHints(settings: Settings): Promise<Answer | undefined> {
  const sought = whomToSeek(settings);
  if (sought.length > 0) return await monitorSought(sought);
  const { name } = settings.hint;
  if (name === undefined) return undefined;
  const seen = await seenByName(settings, name);
  // A probe gives no weight to it; a monitor would have the VM started anew beside one of another name.
  if (seen.code !== ocf.notRunning || settings.probe) return seen;
  const doubt = await namelessDoubt(settings);
  return doubt === undefined ? seen : failed(`nothing of the name ${name} runs, and ${doubt}`);
}

/** Where the hypervisor is not known, each is asked; only when all say so it does not run. */
async function monitorSought(sought: readonly KnownSettings[]): Promise<Answer | undefined> {
  let answer: Answer | undefined;
  for (const { settings, identity } of sought) {
    answer = await monitorKnown(settings, identity);
    if (answer.code !== ocf.notRunning) return answer;
  }
  return answer;
}

async function seenByName(settings: Settings, name: string): Promise<Answer> {
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
    hypervisor.drop();
  }
  return judgeProcesses(name, [
    await processEvidence({ kind: "qemu", uuid: undefined, name }),
    await processEvidence({ kind: "lxc", uuid: undefined, name }),
  ]);
}

function judgeProcesses(name: string, tables: readonly ProcessEvidence[]): Answer {
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
  const doubt = await namelessDoubt(settings);
  return doubt === undefined
    ? warned(`${never}, and no domain runs on this node but those of other resources: it is stopped`)
    : failed(`${never}, and ${doubt}`);
}

/** Why the domain may run here although nothing of its name does; undefined when it certainly does not. */
async function namelessDoubt(settings: Settings): Promise<string | undefined> {
  const table = hypervisorProcesses();
  const others = await processesOf(settings.record.others());
  const found = table.found.filter(({ pid, startTime }) => !others.has(`${pid} ${startTime}`));
  return judgeNameless(settings.hint.type, { ...table, found });
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
 *
 * @returns why it cannot be known, undefined when it does not run
 */
export function judgeNameless(
  type: string | undefined,
  table: ReturnType<typeof hypervisorProcesses>,
): string | undefined {
  if (type === "xen") return "Xen's domains are no processes of this system";
  if (table.doubts.length > 0) return `${table.doubts[0]}: cannot know`;
  const [one] = table.found;
  return one === undefined ? undefined : `process ${one.pid} (${one.program || one.comm}) may be it`;
}
