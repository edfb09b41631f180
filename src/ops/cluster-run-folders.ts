import { alertsFolder, stateFolder } from "../base/event-folders.ts";
import { execFailed } from "../base/exec.ts";
import { guestFolder } from "../base/guest-folder.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { putFiles } from "../host/put-file.ts";

/** Read by systemd-tmpfiles at each boot. */
export const tmpfilesPath = "/etc/tmpfiles.d/haven.conf";

const tmpfiles = `# Folders of Haven: libvirt takes no VM whose guest channel has none to be made in.
d /run/haven 0755 root root -
d ${guestFolder} 0755 root root -
# Pacemaker's user leaves there what it is told of.
d ${stateFolder} 0711 root root -
d ${alertsFolder} 0700 hacluster haclient -
`;

/**
 * Makes the folder of guest channels on a node, now and at each boot: any node may become a migration's destination; and
 * the one that the alert agent leaves events in.
 *
 * @returns paths of the files that were written
 * @throws HavenError exec.failed
 */
export async function makeRunFolders(access: NodeAccess): Promise<readonly string[]> {
  const written = await putFiles(access, [{ path: tmpfilesPath, content: tmpfiles }]);
  for (const argv of [
    ["mkdir", "-p", "-m", "0755", guestFolder],
    ["install", "-d", "-m", "0711", stateFolder],
    ["install", "-d", "-m", "0700", "-o", "hacluster", "-g", "haclient", alertsFolder],
  ]) {
    const result = await access.exec(argv);
    if (result.code !== 0) throw execFailed(argv, result);
  }
  return written;
}
