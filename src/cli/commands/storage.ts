import type { StorageList } from "../../contract/storage-answer.ts";
import { type CommandCall, command } from "../command.ts";

/** The commands about where disks are. */
export const storageCommands = [
  command({
    path: ["storage", "list"],
    summary: "List the images, ISO images and volumes in the configured storage, as this node sees them",
    description:
      "The locations are those of the settings (haven settings show). What a file is for is what its name says.",
    examples: ["haven storage list", "haven storage list --json"],
    role: "operator",
    async run(call) {
      const [{ withEnvironment }, { storageList }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/storage-list.ts"),
      ]);
      await show(call, await withEnvironment(call, storageList));
    },
    async remote(call, cluster) {
      const { storageAnswer } = await import("../../contract/storage-answer.ts");
      await show(call, await cluster.read(storageAnswer, "/v1/storage"));
    },
  }),
];

async function show({ global, terminal }: CommandCall, list: StorageList): Promise<void> {
  const { storageLines } = await import("../render-storage.ts");
  if (global.json) terminal.out(JSON.stringify(list));
  else for (const line of storageLines(list, terminal.color)) terminal.out(line);
}
