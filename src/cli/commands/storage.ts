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
  command({
    path: ["storage", "upload"],
    summary: "Put an image or ISO image into the configured storage, as this node sees it",
    description:
      "It is written beside its place, and takes its name when it is whole and on the disk. Nothing is written over, and of\nan upload that is cut off nothing stays. A part of the storage stays free: 5 %, and 1 GiB at the most.",
    args: [{ name: "FILE", help: "The image", complete: "file" }],
    options: {
      to: { kind: "string", value: "STORE", help: "One of the storage locations of the settings, a folder" },
      name: { kind: "string", value: "NAME", help: "What it is called there; as the file unless given" },
      sha256: { kind: "string", value: "HEX", help: "What its SHA-256 must be" },
    },
    examples: ["haven storage upload debian-13.iso --to /srv/vms"],
    role: "admin",
    async run(call) {
      const { uploadFile } = await import("../upload-file.ts");
      await uploadFile(call, call.options);
    },
  }),
];

async function show({ global, terminal }: CommandCall, list: StorageList): Promise<void> {
  const { storageLines } = await import("../render-storage.ts");
  if (global.json) terminal.out(JSON.stringify(list));
  else for (const line of storageLines(list, terminal.color)) terminal.out(line);
}
