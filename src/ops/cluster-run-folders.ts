import { execFailed } from "../base/exec.ts";
import { guestFolder } from "../base/guest-folder.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { putFiles } from "../host/put-file.ts";

/** Read by systemd-tmpfiles at each boot. */
export const tmpfilesPath = "/etc/tmpfiles.d/haven.conf";

const tmpfiles = `# Folders of Haven: libvirt takes no VM whose guest channel has none to be made in.
d /run/haven 0755 root root -
d ${guestFolder} 0755 root root -
`;

/**
 * Makes the folder of guest channels on a node, now and at each boot: any node may become a migration's destination.
 *
 * @returns paths of the files that were written
 * @throws HavenError exec.failed
 */
export async function makeRunFolders(access: NodeAccess): Promise<readonly string[]> {
  const written = await putFiles(access, [{ path: tmpfilesPath, content: tmpfiles }]);
  const argv = ["mkdir", "-p", "-m", "0755", guestFolder];
  const result = await access.exec(argv);
  if (result.code !== 0) throw execFailed(argv, result);
  return written;
}
