import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename } from "node:path";
import { HavenError } from "../base/errors.ts";
import { leaveEvent } from "../base/leave-event.ts";
import { whoAsked } from "../base/who-asked.ts";
import { storageUpload } from "../ops/storage-upload.ts";
import { uploadEvent } from "../ops/upload-event.ts";
import type { CommandCall } from "./command.ts";
import { withEnvironment } from "./live-environment.ts";

interface UploadOptions {
  readonly to: string | undefined;
  readonly name: string | undefined;
  readonly sha256: string | undefined;
}

/** Puts a file into the storage, with its progress, and tells administrators. @throws HavenError as the operation does */
export async function uploadFile(call: CommandCall, { to, name, sha256 }: UploadOptions): Promise<void> {
  const { args, global, terminal, signal } = call;
  const [path = ""] = args;
  if (to === undefined) {
    const hint = "haven storage list names the storage locations";
    throw new HavenError("usage", { what: "Into which storage location? --to STORE", hint });
  }
  const there = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new HavenError("disk.failed", { path, why: cause.code ?? "it cannot be read" });
  });
  if (!there.isFile()) throw new HavenError("disk.failed", { path, why: "it is no file" });
  const { size: bytes } = there;
  let last = -1;
  const written = (count: number): void => {
    const percent = Math.floor((count / bytes) * 100);
    if (percent === last) return;
    last = percent;
    terminal.progress(`${basename(path)}: ${percent} %`);
  };
  const content = createReadStream(path, { highWaterMark: 1024 * 1024, signal });
  const done = await withEnvironment(call, async (environment) => {
    const uploaded = await storageUpload(environment, {
      ...{ to, name: name ?? basename(path), bytes, content, written },
      sha256: sha256?.toLowerCase(),
    });
    const { user, by } = whoAsked();
    if (environment.isLive)
      leaveEvent(uploadEvent(uploaded, { user, by, to, node: hostname() }), { durable: true });
    return uploaded;
  });
  terminal.out(global.json ? JSON.stringify(done) : `${done.path} is there, SHA-256 ${done.sha256}`);
}
