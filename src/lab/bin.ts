import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename } from "node:path";
import { HavenError } from "../base/errors.ts";
import bmc from "./node/bmc.sh" with { type: "text" };
import boot from "./node/boot.sh" with { type: "text" };
import init from "./node/init.sh" with { type: "text" };
import journalctl from "./node/journalctl.sh" with { type: "text" };
import storage from "./node/storage.sh" with { type: "text" };
import systemctl from "./node/systemctl.sh" with { type: "text" };
import { writeWhole } from "./state.ts";

const scripts = { bmc, boot, init, journalctl, storage, systemctl } as const;

/** The name by which the executable is the lab's supervisor. */
export const supervisorFace = "haven-lab-supervisor";

/** The name by which it is what a management controller's simulator calls. */
export const bmcFace = "haven-lab-bmc";

/** The compiled executable: the running one, or the built one when Haven runs from its source. */
function executable(): string {
  if (basename(process.execPath).startsWith("haven")) return process.execPath;
  const built = new URL("../../dist/haven", import.meta.url).pathname;
  if (existsSync(built)) return built;
  throw new HavenError("lab.failed", {
    what: "Nodes need the executable dist/haven",
    why: "run make build first",
  });
}

/**
 * Fills DIR/bin, which every node sees at /usr/lib/haven-lab/bin: the executable, and the scripts that stand for
 * a node's init. Files are replaced by renaming, so that it can be done while nodes run.
 *
 * @throws HavenError lab.failed when there is no executable
 */
export function installBin(dir: string): void {
  const bin = `${dir}/bin`;
  mkdirSync(bin, { recursive: true });
  for (const [name, text] of Object.entries(scripts)) writeWhole(`${bin}/${name}`, text, 0o755);
  const source = executable();
  const target = `${bin}/haven`;
  const [now, before] = [statSync(source), statSync(target, { throwIfNoEntry: false })];
  if (before === undefined || (before.ino !== now.ino && before.mtimeMs !== now.mtimeMs)) {
    const temporary = `${target}.${process.pid}.tmp`;
    rmSync(temporary, { force: true });
    linkOrCopy(source, temporary);
    renameSync(temporary, target);
  }
  for (const face of [supervisorFace, bmcFace]) {
    if (!existsSync(`${bin}/${face}`)) symlinkSync("haven", `${bin}/${face}`);
  }
}

/** A build renames its result into place, so a hard link keeps what it points to; other file systems need a copy. */
function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
