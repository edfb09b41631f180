import { hostname } from "node:os";
import type { Libvirt } from "../libvirt/client.ts";
import type { LibvirtDriver } from "./environment.ts";

/** Connections to the libvirt of nodes: by its socket here, over TLS elsewhere. Each is made once, and kept. */
export class LibvirtConnections {
  readonly #connections = new Map<string, Promise<Libvirt>>();

  constructor(private readonly signal: AbortSignal) {}

  /** @throws HavenError libvirt.unreachable, libvirt.timeout */
  async open(node: string = hostname(), driver: LibvirtDriver = "qemu"): Promise<Libvirt> {
    const key = `${driver} ${node}`;
    const kept = this.#connections.get(key);
    if (kept !== undefined) return await kept;
    const open = openLibvirt(node, driver, this.signal);
    this.#connections.set(key, open);
    // One that fails, or is lost, is made anew by the next call.
    const forget = (): void => {
      if (this.#connections.get(key) === open) this.#connections.delete(key);
    };
    open.then((libvirt) => libvirt.closed.then(forget), forget);
    return await open;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#connections.values()].map(async (open) => (await open).close()));
  }
}

async function openLibvirt(node: string, driver: LibvirtDriver, signal: AbortSignal): Promise<Libvirt> {
  const { connect } = await import("../libvirt/connect.ts");
  const own = node === hostname();
  const uri = own ? `${driver}:///system` : `${driver}+tls://${node}/system`;
  // After Ctrl-C what is left to be tidied up still reaches libvirt.
  return await connect(uri, { timeoutMs: 10_000, ...(signal.aborted ? {} : { signal }) });
}
