/**
 * Whether Pacemaker's tools refuse a configuration because its schema is newer than all that they have, from what they print:
 * update_configured_schema (2.1) and pcmk__update_configured_schema (3.0) name the schema that it claims, and the range that
 * was tried, which begins with "unknown" for one that they do not have.
 *
 * @returns why, in words; undefined where that is not the reason
 */
export function schemaTooNew(stderr: string): string | undefined {
  const said = /claiming (?:schema )?(\S+?)(?: schema)?\) to at least .*? from (\S+) to (\S+)/.exec(stderr);
  if (said === null) return undefined;
  const [, claimed = "", from = "", to = ""] = said;
  if (from !== "unknown" && !isNewer(claimed, to)) return undefined;
  const newest = versionOf(to) === undefined ? "" : `, the newest of which is ${to}`;
  return `its schema ${claimed} is none of those that the tools here have${newest}: ask on a node with a newer Pacemaker`;
}

function isNewer(one: string, other: string): boolean {
  const [a, b] = [versionOf(one), versionOf(other)];
  if (a === undefined || b === undefined) return false;
  return a.major > b.major || (a.major === b.major && a.minor > b.minor);
}

function versionOf(schema: string) {
  const found = /^pacemaker-(\d+)\.(\d+)$/.exec(schema);
  return found === null ? undefined : { major: Number(found[1]), minor: Number(found[2]) };
}
