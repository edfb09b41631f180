import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { XmlElement } from "../xml/element.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { findRaw } from "./raw-find.ts";
import { list } from "./wait-vms.ts";

export interface RawManageOptions {
  readonly ids: readonly string[];
  readonly managed: boolean;
  /** Also where a VM that runs would be stopped or moved by it. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface RawManageResult {
  readonly names: readonly string[];
  /** Those that were so already. */
  readonly unchanged: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
}

/**
 * Has Pacemaker leave resources that are not Haven's alone: they run on, and are not started, stopped or moved; or takes
 * them back. A group or clone stands for what is in it.
 *
 * @throws HavenError cib.not-found, raw.refused, vm.refused, vm.declined, pacemaker.*
 */
export async function rawManage(
  environment: Environment,
  options: RawManageOptions,
): Promise<RawManageResult> {
  const { pacemaker, signal } = environment;
  const { managed } = options;
  const ids = [...new Set(options.ids)];
  const base = Cib.parse(await pacemaker.queryCib({ signal }));
  for (const id of ids) findRaw(base, id, "resource");
  const isSo = (cib: Cib, id: string): boolean =>
    primitivesIn(findRaw(cib, id, "resource")).every((one) => isManaged(cib, one) === managed);
  const names = ids.filter((id) => !isSo(base, id));
  const own = names.flatMap((id) =>
    primitivesIn(findRaw(base, id, "resource")).map((one) => one.get("id") ?? ""),
  );
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const id of names) manage(editor, findRaw(editor.cib, id, "resource"), managed);
    },
    {
      question: `${managed ? "Manage" : "Stop managing"} ${list(names)}?`,
      ...{ own, ask: "others", dryRun: options.dryRun, base },
      guard: { force: options.force === true, mayStop: [] },
    },
  );
  return { names, unchanged: ids.filter((id) => !names.includes(id)), committed, effect };
}

function manage(editor: CibEditor, element: XmlElement, managed: boolean): void {
  const primitives = primitivesIn(element).map((one) => one.get("id") ?? "");
  const set = (id: string, value: boolean | undefined): void =>
    editor.setNvpairs(id, "meta_attributes", { "is-managed": value });
  if (!managed) {
    for (const id of primitives) set(id, false);
    return;
  }
  for (const id of [...containersIn(element), ...primitives]) set(id, undefined);
  // What is around it, or a default, may say otherwise for all.
  for (const id of primitives) {
    const one = editor.cib.byId(id);
    if (one !== undefined && !isManaged(editor.cib, one)) set(id, true);
  }
}

function primitivesIn(element: XmlElement): readonly XmlElement[] {
  return [...element.walk()].filter(({ name }) => name === "primitive");
}

function containersIn(element: XmlElement): readonly string[] {
  return [...element.walk()]
    .filter(({ name }) => ["group", "clone", "master", "bundle"].includes(name))
    .flatMap((one) => one.get("id") ?? []);
}

/** What its own meta attributes say, else those around it, else the default of all. */
function isManaged(cib: Cib, primitive: XmlElement): boolean {
  for (let one: XmlElement | undefined = primitive; one !== undefined; one = cib.parentOf(one)) {
    const value = cib.nvpairs(one, "meta_attributes").get("is-managed");
    if (value !== undefined) return isTrue(value);
  }
  return isTrue(cib.resourceDefaults.get("is-managed") ?? "true");
}

function isTrue(value: string): boolean {
  return /^(true|on|yes|y|1)$/i.test(value);
}
