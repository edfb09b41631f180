import { readlinkSync } from "node:fs";

/**
 * A virtio port as a guest has it, of a terminal: a device that is opened by its path, with a host that hears and
 * answers at its other end.
 */
export class GuestPort implements AsyncDisposable {
  /** The device that a guest's program opens. */
  readonly path: string;
  readonly #terminal: Bun.Terminal;
  readonly #holder: Bun.Subprocess;

  constructor(onData: (bytes: Uint8Array) => void) {
    this.#terminal = new Bun.Terminal({ data: (_terminal, bytes) => onData(bytes) });
    this.#terminal.setRawMode(true);
    // Somebody keeps it open, or it would end with the first program that closes it.
    this.#holder = Bun.spawn(["sleep", "600"], { terminal: this.#terminal });
    this.path = readlinkSync(`/proc/${this.#holder.pid}/fd/0`);
  }

  /** The host says something. */
  write(text: string): void {
    this.#terminal.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#holder.exited;
    this.#terminal.close();
  }
}
