import { existsSync } from "node:fs";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { toDomain } from "../vm/to-domain.ts";
import { loadRelaxNg, type RelaxNg } from "../xml/relax-ng.ts";
import type { FieldProblem } from "./vm-plan.ts";

/** libvirt's own, of the node that this runs on. */
const usualPath = "/usr/share/libvirt/schemas/domain.rng";

const parts = ["domain", "devices", "set", "remove"] as const;

const loaded = new Map<string, Promise<RelaxNg>>();

/**
 * What libvirt's schema says against a VM's own XML; libvirt itself leaves out without a word what it does not
 * know. Without such XML, and where libvirt is not installed, there is nothing to say: what Haven writes is checked
 * by its tests.
 */
export async function schemaProblems(
  resolved: ResolvedSpec,
  path = usualPath,
): Promise<readonly FieldProblem[]> {
  const own = resolved.xml;
  if (own === undefined || !existsSync(path)) return [];
  const loading = loaded.get(path) ?? loadRelaxNg(path);
  loaded.set(path, loading);
  const schema = await loading;
  const all = schema.problems(toDomain(resolved));
  if (all.length === 0) return [];
  const base = own.whole === undefined ? {} : { whole: own.whole };
  const bare = own.whole === undefined ? [] : problemsOf(schema, { ...resolved, xml: base });
  if (bare.length > 0) return [{ path: ["xml", "whole"], what: text(bare) }];
  const alone = parts.flatMap((part) => {
    const value = own[part];
    if (value === undefined) return [];
    const found = problemsOf(schema, { ...resolved, xml: { ...base, [part]: value } });
    return found.length === 0 ? [] : [{ path: ["xml", part], what: text(found) }];
  });
  return alone.length > 0 ? alone : [{ path: ["xml"], what: text(all) }];
}

/** Nothing for a part that cannot stand without the others. */
function problemsOf(schema: RelaxNg, resolved: ResolvedSpec): readonly string[] {
  try {
    return schema.problems(toDomain(resolved));
  } catch {
    return [];
  }
}

function text(problems: readonly string[]): string {
  return `expected XML as libvirt's schema has it, found: ${[...new Set(problems)].join("; ")}`;
}
