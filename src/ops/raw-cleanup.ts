import { Cib } from "../pacemaker/cib.ts";
import type { Environment } from "./environment.ts";
import { findRaw } from "./raw-find.ts";

/**
 * Forgets the failures of resources that are not Haven's, so that Pacemaker tries again.
 *
 * @throws HavenError cib.not-found, raw.refused, pacemaker.*
 */
export async function rawCleanup(
  environment: Environment,
  { ids }: { readonly ids: readonly string[] },
): Promise<{ readonly cleaned: readonly string[] }> {
  const { pacemaker, signal } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  for (const id of ids) findRaw(cib, id, "resource");
  const cleaned: string[] = [];
  for (const id of new Set(ids)) {
    environment.progress(`Cleaning up ${id}`);
    await pacemaker.cleanup(id, { signal });
    cleaned.push(id);
  }
  return { cleaned };
}
