import { basename } from "node:path";
import type { LeftEvent } from "../base/leave-event.ts";
import type { ChangeMaker } from "./change-event.ts";
import type { Uploaded } from "./storage-upload.ts";

/** The event of an image that was put into the storage: who, which, and what its digest is. */
export function uploadEvent(
  { path, bytes, sha256 }: Uploaded,
  { user, by, to, node }: Pick<ChangeMaker, "user" | "by" | "node"> & { readonly to: string },
): LeftEvent & { readonly kind: "change.uploaded"; readonly data: Readonly<Record<string, unknown>> } {
  const command = `haven storage upload ${basename(path)} --to ${to}`;
  return {
    ...{ node, kind: "change.uploaded", text: `${user}: ${command}` },
    data: { user, by, command, path, bytes, sha256 },
  };
}
