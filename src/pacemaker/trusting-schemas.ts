import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";

/** Accepts every document. */
const anything = `<?xml version="1.0" encoding="UTF-8"?>
<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start><ref name="any"/></start><define name="any"><element><anyName/>
<zeroOrMore><choice><attribute><anyName/></attribute><text/><ref name="any"/></choice></zeroOrMore></element></define></grammar>
`;

/**
 * A folder for PCMK_schema_directory with which crm_mon takes the live CIB as it is. Two thirds of its time go into
 * reading the schema (some hundred files) and checking against it what the CIB's own daemon has checked before it
 * took it. Only for reading the live CIB: what comes from a file or is about to be written is always checked.
 *
 * The folder holds links to the installed schemas and transformations; those of the current generation (3 and
 * later) accept everything. It is made when first needed and again when Pacemaker was upgraded.
 *
 * @returns undefined where it is not there and cannot be made (not root): crm_mon then checks, as always
 */
export function trustingSchemas(
  installed = "/usr/share/pacemaker",
  runtime = "/run/haven",
): string | undefined {
  try {
    const folder = `${runtime}/schemas-${Math.floor(statSync(installed).mtimeMs)}`;
    if (existsSync(folder)) return isRoots(folder) ? folder : undefined;
    if (process.getuid?.() !== 0) return undefined;
    mkdirSync(runtime, { recursive: true, mode: 0o755 });
    if (!isRoots(runtime)) return undefined;
    const making = `${folder}.${process.pid}`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { mode: 0o755 });
    for (const name of readdirSync(installed)) {
      const generation = /^pacemaker-(\d+)\.\d+\.rng$/.exec(name)?.[1];
      if (generation !== undefined && Number(generation) >= 3) writeFileSync(`${making}/${name}`, anything);
      else symlinkSync(`${installed}/${name}`, `${making}/${name}`);
    }
    renameSync(making, folder);
    return folder;
  } catch {
    // A race with another one who makes it, or a read-only /run: checking costs time, nothing else.
    return undefined;
  }
}

function isRoots(path: string): boolean {
  const { uid, mode } = statSync(path);
  return uid === 0 && (mode & 0o022) === 0;
}
