import { type FileHandle, open } from "node:fs/promises";
import type { FaultMode } from "./fault.ts";

const maxRequestsKept = 10_000;

/** One request as the log has it. */
export interface SnmpRequest {
  /** ISO 8601 with milliseconds. */
  readonly time: string;
  readonly source: string;
  readonly version: "1" | "2c" | "3";
  /** The community (v1, v2c) or the user (v3) that asked. */
  readonly principal: string;
  readonly pdu: "GetRequest" | "GetNextRequest" | "GetBulkRequest" | "SetRequest";
  readonly varbinds: readonly { readonly oid: string; readonly value?: number | string }[];
  /** The fault that was set, if any. */
  readonly fault?: FaultMode;
}

export interface RequestLog {
  /** The requests so far, oldest first; at most the last 10,000. */
  readonly requests: readonly SnmpRequest[];
  add(request: SnmpRequest): void;
  close(): Promise<void>;
}

/** The requests of a device; one JSON line for each is added to the file at `path`. */
export async function openRequestLog(path: string | undefined): Promise<RequestLog> {
  const file: FileHandle | undefined = path === undefined ? undefined : await open(path, "a", 0o640);
  const requests: SnmpRequest[] = [];
  let written: Promise<unknown> = Promise.resolve();
  return {
    requests,
    add(request) {
      requests.push(request);
      if (requests.length > maxRequestsKept) requests.shift();
      // Communities stand in the log: it is a lab's, and tests read who asked.
      written = written
        .then(() => file?.appendFile(`${JSON.stringify(request)}\n`))
        .catch((error: unknown) => process.stderr.write(`request log: ${String(error)}\n`));
    },
    async close() {
      await written;
      await file?.close();
    },
  };
}
