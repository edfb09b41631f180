import { readFile } from "node:fs/promises";
import { HavenError } from "../base/errors.ts";
import { resourcesNamedBy } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { placeVms } from "../vm/place-vms.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { refuseEffect } from "./change-quietly.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { beginHandOver, type HandOver, handOver, handOversBegun } from "./hand-over.ts";
import { keptPath } from "./keep-former.ts";
import { selectVms } from "./select-vms.ts";
import type { VmAdoptResult } from "./vm-adopt.ts";
import { readVmCluster } from "./vm-views.ts";

/** What was kept of a resource that was taken over. */
interface Former {
  /** The resource's id. */
  readonly id: string;
  /** It, or the group that held it. */
  readonly outer: XmlElement;
  readonly constraints: readonly XmlElement[];
}

/**
 * Gives a VM that was adopted back to the resource that it had, while it runs, by the file that was kept: the same way
 * back. That resource's agent must find the domain: one that was started anew since has another name in libvirt.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.failed when its agent does not find it, vm.declined
 */
export async function vmAdoptUndo(
  environment: Environment,
  options: { readonly name: string; readonly dryRun?: boolean },
): Promise<VmAdoptResult> {
  const cluster = await readVmCluster(environment);
  const [vm, ...more] = selectVms(cluster.vms, [options.name]);
  if (vm === undefined || more.length > 0) {
    throw new HavenError("usage", { what: "One VM at a time can be given back" });
  }
  const { name, resource } = vm;
  const former = await readFormer(name);
  const begun = handOversBegun(cluster.cib).find(({ goes }) => goes === resource);
  const one: HandOver = begun ?? { stays: former.id, goes: resource };
  const result = {
    names: [name],
    plan: [`${name}: back to the resource ${former.id}, while it runs`],
    kept: [],
  };
  const release = (editor: CibEditor): void => putBack(editor, resource, name, former);
  if (begun === undefined) {
    if (vm.state !== "running" || vm.nodes.length !== 1 || !vm.managed || vm.maintenance) {
      throw new HavenError("vm.refused", {
        name,
        why: `cannot be given back: it is ${vm.state}, or not managed`,
      });
    }
    if (cluster.cib.byId(former.id) !== undefined)
      throw new HavenError("vm.refused", {
        name,
        why: `cannot be given back: the cluster has a ${former.id} again`,
      });
    const { committed, effect } = await commitChange(
      environment,
      (editor) => {
        addFormer(editor, former);
        beginHandOver(editor, one);
      },
      {
        question: `Give ${name} back to ${former.id}?`,
        own: [resource, former.id],
        ask: "always",
        dryRun: options.dryRun,
        plan: result.plan,
        check: (transition) => refuseEffect(environment, name, transition, cluster.cib),
      },
    );
    if (!committed) return { ...result, committed, effect };
  } else if (options.dryRun === true) return { ...result, committed: false, effect: [] };
  await handOver(environment, [one], { release });
  return { ...result, committed: true, effect: [] };
}

async function readFormer(name: string): Promise<Former> {
  const path = keptPath(`${name}.cib.xml`);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const why = `cannot be given back: what it was is not kept on this node (${path})`;
    const hint = "Run it on the node where it was adopted";
    throw new HavenError("vm.refused", { name, why, hint }, { cause });
  }
  const kept = readXml(text, { source: path });
  const id = kept.get("id");
  const outer = kept.child("resources")?.children[0];
  if (id === undefined || outer === undefined)
    throw new HavenError("vm.refused", { name, why: `cannot be given back: ${path} holds no resource` });
  return { id, outer, constraints: kept.child("constraints")?.children ?? [] };
}

/** The resource as it was, in its group where that is still there. */
function addFormer(editor: CibEditor, { id, outer }: Former): void {
  const own = [...outer.walk()].find((one) => one.name === "primitive" && one.get("id") === id);
  if (own === undefined) return;
  const group = outer === own ? undefined : (outer.get("id") ?? "");
  if (group === undefined) editor.addResource(own.clone());
  else if (editor.cib.resource(group) === undefined) {
    // Its other members went with it, or were never there.
    const alone = outer.clone();
    const members = alone.children.filter((one) => one.name !== "primitive" || one.get("id") === id);
    alone.children.splice(0, alone.children.length, ...members);
    editor.addResource(alone);
  } else {
    const position = outer.all("primitive").findIndex((one) => one.get("id") === id);
    editor.addResource(own.clone(), { inside: group, position });
  }
}

function putBack(editor: CibEditor, resource: string, name: string, { constraints }: Former): void {
  if (editor.cib.resource(resource) !== undefined) editor.removeResource(resource);
  placeVms(editor, [name]);
  for (const constraint of constraints) {
    const isThere = resourcesNamedBy(constraint).every((id) => editor.cib.resource(id) !== undefined);
    if (isThere && editor.cib.byId(constraint.get("id") ?? "") === undefined)
      editor.addConstraint(constraint.clone());
  }
}
