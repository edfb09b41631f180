import { HavenError } from "../base/errors.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import type { RawChangeResult } from "./raw-add.ts";
import { findRaw } from "./raw-find.ts";
import { rawIn } from "./raw-list.ts";
import { referencesTo } from "./raw-references.ts";
import { list } from "./wait-vms.ts";

export interface RawRemoveOptions {
  readonly ids: readonly string[];
  /** Also where a VM that runs would be stopped or moved by it. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Removes resources, constraints and tags that are not Haven's, with what names them and with what is in them. What runs
 * is stopped by that.
 *
 * @throws HavenError cib.not-found, raw.refused, vm.refused, vm.declined, pacemaker.*
 */
export async function rawRemove(
  environment: Environment,
  options: RawRemoveOptions,
): Promise<RawChangeResult> {
  const { pacemaker, signal } = environment;
  const ids = [...new Set(options.ids)];
  const base = Cib.parse(await pacemaker.queryCib({ signal }));
  const gone = new Set(
    ids.flatMap((id) => [...findRaw(base, id, "any").walk()].flatMap((one) => one.get("id") ?? [])),
  );
  if (base.property("stop-orphan-resources") === "false") await refuseOrphans(environment, base, gone);
  const trial = new CibEditor(base);
  remove(trial, ids);
  const plan = planOf(base, trial.cib, gone);
  const own = base.resources.filter(({ id }) => gone.has(id)).map(({ id }) => id);
  const { committed, effect } = await commitChange(environment, (editor) => remove(editor, ids), {
    ...{ question: `Remove ${list(ids)}?`, own, ask: "always", dryRun: options.dryRun, plan, base },
    guard: { force: options.force === true, mayStop: [] },
  });
  return { names: ids, committed, plan, effect };
}

function remove(editor: CibEditor, ids: readonly string[]): void {
  for (const id of ids) {
    // It may be gone already, with the last of what it named.
    if (editor.cib.resource(id) === undefined) editor.remove(id);
    else editor.removeResource(id);
  }
  // A constraint that went along may have been tagged.
  for (const tag of editor.cib.section("tags")?.all("tag") ?? []) {
    for (const one of tag.all("obj_ref")) {
      const id = one.get("id") ?? "";
      if (editor.base.byId(id) !== undefined && editor.cib.byId(id) === undefined) editor.cib.take(one);
    }
    if (tag.child("obj_ref") === undefined) editor.remove(tag.get("id") ?? "");
  }
}

/** What goes, and what stays without it. */
function planOf(before: Cib, after: Cib, gone: ReadonlySet<string>): readonly string[] {
  const { resources, constraints, tags } = rawIn(before);
  const lost = [...resources, ...constraints, ...tags].filter(({ id }) => after.byId(id) === undefined);
  const changed = referencesTo(before, gone).filter((one) => after.byId(one.get("id") ?? "") !== undefined);
  return [
    ...lost.map((one) => {
      const what = "type" in one ? one.type : "tag";
      const why = gone.has(one.id) ? "" : ", which names nothing else or is of no use without it";
      return `- ${what} ${one.id}${"agent" in one && one.agent !== undefined ? ` (${one.agent})` : ""}${why}`;
    }),
    ...changed.map((one) => {
      const named = [...one.walk()].map((part) => part.get("id") ?? "").filter((id) => gone.has(id));
      return `~ ${one.name.replace(/^rsc_/, "")} ${one.get("id")}: without ${list([...new Set(named)])}`;
    }),
  ];
}

/** What is taken out of the configuration would run on, watched by nobody. */
async function refuseOrphans(environment: Environment, cib: Cib, gone: ReadonlySet<string>): Promise<void> {
  const { pacemaker, signal } = environment;
  const { resources } = rawIn(
    cib,
    await pacemaker.status({ signal, fenceHistory: "none", attributes: false }),
  );
  const running = resources.find(
    ({ id, instances }) => gone.has(id) && instances.some(({ nodes }) => nodes.length > 0),
  );
  if (running === undefined) return;
  throw new HavenError("raw.refused", {
    what: `${running.id} would run on, watched by nobody: stop-orphan-resources is false`,
    hint: "Have it stopped first, or: haven raw set stop-orphan-resources=true",
  });
}
