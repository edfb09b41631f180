import { HavenError } from "../base/errors.ts";
import type { TimeoutProposal, TimeoutsApplied } from "../contract/timeouts-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { changeVm } from "../vm/change-vm.ts";
import { resourceId } from "../vm/names.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import type { PastEvents } from "./timed-events.ts";
import { timeoutsReport } from "./timeouts-show.ts";
import { allowWatchdogTime } from "./watchdog-levels.ts";

export interface TimeoutsApplyOptions {
  /** Only what these VMs or resources need; all where empty. */
  readonly names: readonly string[];
  readonly past: PastEvents;
  /** Also times that are absurdly long. */
  readonly shorten?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Writes the times that are proposed, as one change: the shared ones for all VMs, a VM's own where it has its own, by its
 * specification where that says it.
 *
 * @throws HavenError vm.not-found, vm.declined, vm.refused, pacemaker.*
 */
export async function timeoutsApply(
  environment: Environment,
  { names, past, shorten = false, dryRun = false }: TimeoutsApplyOptions,
): Promise<TimeoutsApplied> {
  const { pacemaker, signal } = environment;
  environment.progress("Asking for the cluster's state, and the histories");
  const [text, told] = await Promise.all([pacemaker.queryCib({ signal }), past()]);
  const base = Cib.parse(text);
  const { proposals: all } = timeoutsReport(base, told.events, { names });
  const isLonger = ({ before, after }: TimeoutProposal): boolean => after > before;
  // Whoever needs the time may be told of by those that are silent only.
  const isWhole = told.silent.length === 0;
  const proposals = all.filter((one) => isLonger(one) || (shorten && isWhole));
  const silent = told.silent.map(({ node }) => node).join(", ");
  const kept = shorten && !isWhole && !all.every(isLonger);
  const notes = kept ? [`Nothing is shortened: the history of ${silent} could not be read`] : [];
  if (proposals.length === 0) return { proposals, plan: [], committed: false, effect: notes };
  const lines = proposals.flatMap(planLines);
  const more: string[] = [];
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const proposal of proposals) write(editor, proposal);
      more.splice(0, more.length, ...notes, ...allowWatchdogTime(editor));
    },
    {
      ...{ question: `Change ${proposals.length === 1 ? "this time" : `these ${proposals.length} times`}?` },
      ...{ own: [], ask: "always", dryRun, base, plan: lines, notes: () => more },
      guard: { force: false, mayStop: [] },
    },
  );
  return { proposals, plan: lines, committed, effect };
}

function planLines({ object, before, after, because, spec, undo }: TimeoutProposal): readonly string[] {
  const where =
    spec === undefined
      ? `${object}: ${before} s → ${after} s`
      : `${spec.vm}: ${spec.field} = ${spec.seconds} s, so that ${object} is ${after} s (now ${before} s)`;
  return [`~ ${where}`, ...because.map((line) => `    ${line}`), `    to undo it: ${undo}`];
}

function write(editor: CibEditor, { object, after, spec }: TimeoutProposal): void {
  if (spec !== undefined) {
    writeSpec(editor, spec);
    return;
  }
  if (object === "stonith-timeout") {
    editor.setProperties({ "stonith-timeout": `${after}s` });
    return;
  }
  const [id = "", parameter] = object.split(" ");
  if (parameter !== undefined) {
    editor.setNvpairs(id, "instance_attributes", { [parameter]: `${after}s` });
    return;
  }
  const op = editor.cib.byId(id);
  // Somebody has taken it away meanwhile.
  if (op === undefined) throw new HavenError("cib.not-found", { what: "operation", name: object });
  op.set("timeout", `${after}s`);
}

/** The VM gets the time by its specification, as if it had been edited. */
function writeSpec(editor: CibEditor, { vm, field, seconds }: NonNullable<TimeoutProposal["spec"]>): void {
  const entry = vmsInCib(editor.cib).find(({ resource }) => resource === resourceId(vm));
  const before = entry?.spec;
  if (entry === undefined || before === undefined) throw new HavenError("vm.not-found", { name: vm });
  const [part = "", name = ""] = field.split(".");
  const inner = before[part as keyof ResolvedSpec];
  const kept = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  const inherited = before.inherited?.filter((path) => path !== `${part}/${name}`);
  // What is said now is the VM's own, whatever its class said.
  const after = {
    ...before,
    ...(inherited === undefined ? {} : { inherited }),
    [part]: { ...kept, [name]: seconds },
  } as ResolvedSpec;
  changeVm(editor, entry, before, after);
}
