/** Streams of server-sent events that tell that the cluster's state has changed. */
export class ChangeStreams {
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #encoder = new TextEncoder();

  get count(): number {
    return this.#streams.size;
  }

  /** A stream for one listener; it ends when the listener goes, or with `close`. */
  open(signal: AbortSignal, headers: Record<string, string> = {}): Response {
    const streams = this.#streams;
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const leave = (): void => {
      if (own !== undefined) streams.delete(own);
      own = undefined;
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        streams.add(controller);
        signal.addEventListener("abort", leave, { once: true });
        // So that headers leave at once, and proxies see life.
        controller.enqueue(this.#encoder.encode(": haven\n\n"));
      },
      cancel: leave,
    });
    return new Response(body, {
      headers: { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  /** Tells everybody; one who does not read is let go, since what has changed must be asked for anyway. */
  tell(event: string, data: string): void {
    const bytes = this.#encoder.encode(`event: ${event}\ndata: ${data}\n\n`);
    for (const stream of this.#streams) {
      try {
        if ((stream.desiredSize ?? 0) < -100) {
          this.#streams.delete(stream);
          stream.close();
        } else stream.enqueue(bytes);
      } catch {
        this.#streams.delete(stream);
      }
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const stream of this.#streams) {
      try {
        stream.close();
      } catch {
        // Its listener has gone.
      }
    }
    this.#streams.clear();
  }
}
