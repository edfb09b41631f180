import { hostname } from "node:os";
import { putSmallFiles, readSmallFile, removeSmallFiles } from "../libvirt/small-files.ts";
import type { Environment } from "./environment.ts";

const folder = "/run/haven-fence-test";
const file = "marker";
const patienceMs = 10_000;
/** A node that has just joined may still start its libvirt. */
const libvirtMs = 60_000;

/**
 * A file on a node that is gone after its restart, since /run is in memory: what tells a server that lost its power
 * from a device that only said so.
 */
export function bootMarker(environment: Environment, node: string) {
  const { clock } = environment;
  const word = crypto.randomUUID();
  let put = false;
  const connect = () => environment.libvirt(node === hostname() ? undefined : node);
  const read = async (): Promise<boolean> =>
    (await readSmallFile(await connect(), folder, file, { timeoutMs: patienceMs })) === word;
  return {
    /** @throws what libvirt says, or Error where the file is not there afterwards */
    async put(): Promise<void> {
      put = true;
      await putSmallFiles(await connect(), folder, [{ name: file, content: word }], {
        timeoutMs: patienceMs,
      });
      if (!(await read())) throw new Error(`${folder}/${file} is not there`);
    },
    /** Undefined where the node's libvirt does not say. */
    async isThere(): Promise<boolean | undefined> {
      const end = clock.monotonic() + libvirtMs;
      while (clock.monotonic() < end) {
        try {
          return await read();
        } catch {
          await clock.sleep(1000);
        }
      }
      return undefined;
    },
    /** Never fails: /run forgets it with the next restart. */
    async remove(): Promise<void> {
      if (!put) return;
      try {
        await removeSmallFiles(await connect(), folder, [file], { timeoutMs: patienceMs });
      } catch {
        // The node may be off.
      }
    },
  };
}
