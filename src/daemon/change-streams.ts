/** Whom an event is told to. */
export type Audience = "all" | "admins";

export interface StreamOptions {
  readonly headers?: Record<string, string>;
  /** Whether it is told what is for administrators only. Default true: the socket is root's alone. */
  readonly isAdmin?: boolean;
  /** Called once, when the stream has ended. */
  readonly onEnd?: () => void;
}

/** Bytes. Who has not read so much does not read. */
const mostWaiting = 4 * 1024 * 1024;

interface Listener {
  readonly isAdmin: boolean;
  end(): void;
}

/** Streams of server-sent events that tell that the cluster's state has changed. */
export class ChangeStreams {
  readonly #streams = new Map<ReadableStreamDefaultController<Uint8Array>, Listener>();
  readonly #encoder = new TextEncoder();

  /** @param onCount Called when there are more of them, or fewer */
  constructor(private readonly onCount: (count: number) => void = () => undefined) {}

  get count(): number {
    return this.#streams.size;
  }

  /** A stream for one listener; it ends when the listener goes, when the signal comes, or with `close`. */
  open(signal: AbortSignal, { headers = {}, isAdmin = true, onEnd }: StreamOptions = {}): Response {
    const streams = this.#streams;
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const end = (): void => {
      const controller = own;
      own = undefined;
      if (controller === undefined) return;
      streams.delete(controller);
      signal.removeEventListener("abort", end);
      try {
        controller.close();
      } catch {
        // Its listener has gone.
      }
      this.onCount(streams.size);
      onEnd?.();
    };
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = controller;
          streams.set(controller, { isAdmin, end });
          // So that headers leave at once, and proxies see life.
          controller.enqueue(this.#encoder.encode(": haven\n\n"));
          signal.addEventListener("abort", end, { once: true });
          if (signal.aborted) end();
          else this.onCount(streams.size);
        },
        cancel: end,
      },
      // So many bytes may wait for who reads: what is told in one burst is read after it.
      new ByteLengthQueuingStrategy({ highWaterMark: mostWaiting }),
    );
    return new Response(body, {
      headers: { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  /** Tells everybody; one who does not read is let go, since what has changed must be asked for anyway. */
  tell(event: string, data: string, audience: Audience = "all"): void {
    this.#send(`event: ${event}\ndata: ${data}\n\n`, audience);
  }

  /** Says nothing, so that who has gone without a word is noticed. */
  beat(): void {
    this.#send(": \n\n", "all");
  }

  /** Ends all of them. */
  close(): void {
    for (const { end } of [...this.#streams.values()]) end();
  }

  #send(text: string, audience: Audience): void {
    const bytes = this.#encoder.encode(text);
    for (const [stream, { isAdmin, end }] of [...this.#streams]) {
      if (audience === "admins" && !isAdmin) continue;
      try {
        if ((stream.desiredSize ?? 0) <= 0) end();
        else stream.enqueue(bytes);
      } catch {
        end();
      }
    }
  }
}
