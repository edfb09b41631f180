import { LabNodeAccess } from "./node-access.ts";
import type { LabNode } from "./settings.ts";

// The last one takes the programs away, this shell's own next command with them.
const folders = ["/var", "/etc", "/usr"];

/**
 * A node's own disk is gone: what runs goes on with what it has in memory and has opened, and no program can be started,
 * no file opened, nothing written any more. The next power cycle brings the disk back, whole.
 *
 * @throws HavenError lab.node-off, exec.failed
 */
export async function loseDisk(node: LabNode): Promise<void> {
  const script = 'for folder; do mount -t tmpfs -o ro,size=4k lost "$folder"; done';
  await new LabNodeAccess(node).run(["sh", "-ec", script, "sh", ...folders]);
}
