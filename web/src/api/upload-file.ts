import { z } from "zod";
import { consoleClose } from "../../../src/contract/console-close.ts";
import { uploadWindowBytes } from "../../../src/contract/upload.ts";
import { ApiError } from "./api-error.ts";

/** What is needed of a WebSocket. */
export interface UploadSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(data: ArrayBuffer): void;
  close(): void;
}

export interface UploadFileOptions {
  /** The route with the query that says what comes. */
  readonly url: string;
  readonly file: Pick<Blob, "size" | "slice">;
  /** Told how many bytes are written. */
  readonly progress: (bytes: number) => void;
  /** Gives it up; the node keeps nothing of it then. */
  readonly signal: AbortSignal;
  readonly open?: (url: string) => UploadSocket;
}

const pieceBytes = 512 * 1024;

const done = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });
const says = z.union([
  z.object({ written: z.number() }),
  z.object({ done }),
  z.object({ failed: z.string() }),
]);

export type UploadDone = z.infer<typeof done>;

/**
 * Sends a file into the storage of the node that is asked: no more at once than the node writes.
 *
 * @throws ApiError as the node refuses it, or where the connection ends
 */
export async function uploadFile({
  url,
  file,
  progress,
  signal,
  open = (where) => new WebSocket(where) as UploadSocket,
}: UploadFileOptions): Promise<UploadDone> {
  signal.throwIfAborted();
  const socket = open(url);
  const { promise, resolve, reject } = Promise.withResolvers<UploadDone>();
  let written = 0;
  let isOver = false;
  let wake: () => void = () => undefined;
  const end = (settle: () => void): void => {
    isOver = true;
    wake();
    settle();
  };
  const fail = (message: string): void =>
    end(() => reject(new ApiError(message, { status: 0, code: "upload" })));
  socket.onmessage = ({ data }) => {
    const said = says.safeParse(jsonOf(data));
    if (!said.success) return;
    if ("done" in said.data) {
      const what = said.data.done;
      end(() => resolve(what));
    } else if ("failed" in said.data) fail(said.data.failed);
    else {
      written = said.data.written;
      progress(written);
      wake();
    }
  };
  socket.onclose = ({ code, reason }) => {
    if (!isOver) fail(closeWords(code, reason));
  };
  socket.onopen = () => {
    send(file, socket, {
      isOver: () => isOver,
      hasRoom: (sent) => sent - written < uploadWindowBytes - pieceBytes,
      wait: () => new Promise((go) => (wake = go)),
    }).catch(() => fail("The file cannot be read any more"));
  };
  const giveUp = (): void => end(() => reject(signal.reason));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
    socket.close();
  }
}

interface Pace {
  readonly isOver: () => boolean;
  readonly hasRoom: (sent: number) => boolean;
  readonly wait: () => Promise<void>;
}

async function send(
  file: UploadFileOptions["file"],
  socket: Pick<UploadSocket, "send">,
  { isOver, hasRoom, wait }: Pace,
): Promise<void> {
  for (let sent = 0; sent < file.size && !isOver(); ) {
    if (!hasRoom(sent)) {
      await wait();
      continue;
    }
    const piece = await file.slice(sent, sent + pieceBytes).arrayBuffer();
    if (isOver()) return;
    socket.send(piece);
    sent += piece.byteLength;
  }
}

function closeWords(code: number, reason: string): string {
  if (code === consoleClose.revoked) return "The session has ended, and with it the upload";
  return reason === "" ? "The upload was cut off: nothing of it is kept" : reason;
}

function jsonOf(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
