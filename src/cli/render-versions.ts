import { specChangeText } from "../contract/spec-change.ts";
import type { ListedVersion, VmVersions } from "../ops/vm-versions.ts";
import { localTime } from "./local-time.ts";
import { styled, table } from "./table.ts";

/** The versions of VMs for a person, the newest first. */
export function versionLines(found: readonly VmVersions[], color: boolean): readonly string[] {
  return found.flatMap(({ name, versions }, i) => {
    const rows = versions.map((version) => {
      const [first = "", ...more] = whatLines(version);
      const note = more.length === 0 ? first : `${first} (and ${more.length} more: --json)`;
      return [
        version.current ? `${version.id} *` : version.id,
        version.written === undefined ? "-" : localTime(new Date(version.written)),
        version.origin ?? "-",
        byText(version),
        note,
      ];
    });
    return [
      ...(i === 0 ? [] : [""]),
      styled(name, "bold", color),
      ...table(["VERSION", "WHEN", "NODE", "BY", "WHAT"], rows, color),
    ];
  });
}

/** The program and the user; Pacemaker 3.0 gives the user's name for both. */
function byText({ client, user }: ListedVersion): string {
  const words = new Set([client, user].filter((word) => word !== undefined));
  return words.size === 0 ? "-" : [...words].join(", ");
}

function whatLines({ kind, changes, domain }: ListedVersion): readonly string[] {
  if (kind === "added") return ["added"];
  if (kind === "removed") return ["removed"];
  if (kind === "first") return ["as it was when the history begins"];
  const texts = [...changes.map(specChangeText), ...domain];
  const joined = texts.join("; ");
  return joined.length <= 160 ? [joined] : texts;
}
