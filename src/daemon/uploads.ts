import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { consoleClose } from "../contract/console-close.ts";
import { type UploadSays, uploadWindowBytes } from "../contract/upload.ts";
import { storageUpload, type Uploaded } from "../ops/storage-upload.ts";
import { uploadEvent } from "../ops/upload-event.ts";
import { livePacemaker, type Pacemaker } from "../pacemaker/live.ts";
import type { EventKeeper } from "./event-keeper.ts";
import { incomingBytes } from "./incoming-bytes.ts";
import { LastingSockets } from "./lasting-sockets.ts";
import type { WebSocketEnd } from "./web-socket-end.ts";
import type { Caller } from "./who-calls.ts";

export interface UploadsOptions {
  readonly events: Pick<EventKeeper, "record">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What is worked with, the live cluster unless given. */
  readonly pacemaker?: Pacemaker | undefined;
}

/** What somebody wants to upload. */
export interface UploadRequest {
  readonly to: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256?: string | undefined;
  /** The request's. */
  readonly id: string;
}

export type UploadCaller = Pick<Caller, "name" | "by" | "look">;

/** Each writes as fast as the storage can. */
const mostUploads = 4;

/** What is uploaded into the storage through the API. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #open: LastingSockets;

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#open = new LastingSockets({ ...options, role: "admin" });
  }

  /**
   * One side of a WebSocket that takes an image, and says how far it has come.
   *
   * @throws HavenError api.uploads where there are too many
   */
  open(request: UploadRequest, caller: UploadCaller): WebSocketEnd {
    if (this.#open.count >= mostUploads) throw new HavenError("api.uploads", { count: this.#open.count });
    return this.#open.open(caller, (end) => this.#serve(end, request, caller));
  }

  /** Forgets one that was never opened. */
  forget(end: WebSocketEnd): void {
    end.closed();
  }

  /** Ends uploads as the tokens and sessions of who makes them end, until the signal comes. */
  async run(): Promise<void> {
    await this.#open.run();
  }

  async #serve(end: WebSocketEnd, request: UploadRequest, caller: UploadCaller): Promise<void> {
    const { log } = this.#options;
    const say = (words: UploadSays): void => end.say(JSON.stringify(words));
    // Twice the window: what is acknowledged is on its way.
    const incoming = incomingBytes(end, { bytes: request.bytes, most: 2 * uploadWindowBytes });
    try {
      const { pacemaker = livePacemaker() } = this.#options;
      const done = await storageUpload(
        { pacemaker, signal: end.left },
        { ...request, content: incoming.content, written: (written) => say({ written }) },
      );
      this.#record(done, request, caller);
      say({ done });
      end.close(1000, "");
    } catch (error) {
      if (end.left.aborted) {
        log.info(`The upload of ${request.name} was cut off (request ${request.id})`);
      } else if (incoming.isFlood()) {
        end.close(consoleClose.tooMuch, "More was sent than was written");
      } else if (isHavenError(error)) {
        say({ failed: error.message });
        end.close(consoleClose.refused, error.message);
      } else {
        log.warn(`The upload of ${request.name} failed (request ${request.id}): ${printError(error)}`);
        end.close(1011, "The daemon failed");
      }
    }
  }

  #record(done: Uploaded, { id, to }: UploadRequest, { by, name }: UploadCaller): void {
    const { events, log } = this.#options;
    const user = by === "token" ? `token ${name}` : name;
    const { kind, text, data } = uploadEvent(done, { user, by, to, node: hostname() });
    log.info(`${text} (request ${id})`);
    events.record({ kind, text, data });
  }
}
