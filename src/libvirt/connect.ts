import { HavenError, isHavenError } from "../base/errors.ts";
import { Libvirt } from "./client.ts";
import { errorCode, feature } from "./constants.ts";
import type { KeepaliveOptions } from "./keepalive.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import { openTransport } from "./open-transport.ts";
import { procedures } from "./procedures.ts";
import { Rpc } from "./rpc.ts";
import { parseUri } from "./uri.ts";

/** How a connection is made and kept. */
export interface ConnectOptions {
  /** For making the connection as a whole, and for each call that names none. Default 30,000. */
  readonly timeoutMs?: number;
  /** Gives up making the connection: `interrupted` is thrown. It does not concern the connection made. */
  readonly signal?: AbortSignal;
  /** Opens it read-only. */
  readonly readOnly?: boolean;
  /** Default: a ping after 5 s of silence, given up after 6 without an answer. False sends none. */
  readonly keepalive?: KeepaliveOptions | false;
}

/** remote_auth_type (src/remote/remote_protocol.x). */
const auth = { none: 0, sasl: 1, polkit: 2 } as const;
const VIR_CONNECT_RO = 1;

/**
 * Connects to libvirt: qemu:///system, lxc:///system, xen:///system over the local socket (`?socket=PATH` for
 * another), qemu+tls://HOST/system with the client certificate in /etc/pki/libvirt.
 *
 * @throws HavenError input.invalid for the URI, libvirt.unreachable, libvirt.auth, libvirt.timeout,
 *   libvirt.closed, interrupted
 * @throws LibvirtError when libvirt has no such driver
 */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Libvirt> {
  const target = parseUri(uri);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const rpc = new Rpc(uri, timeoutMs);
  const limits = { timeoutMs, ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const deadline = performance.now() + timeoutMs;
  rpc.attach(await openTransport(target, rpc, limits));
  const left = (): typeof limits => ({ ...limits, timeoutMs: Math.max(1, deadline - performance.now()) });
  try {
    await authenticate(rpc, left());
    const flags = options.readOnly === true ? VIR_CONNECT_RO : 0;
    await rpc.call(procedures.connectOpen, [target.name, flags], left());
  } catch (error) {
    rpc.close();
    if (!isHavenError(error, "libvirt.timeout")) throw error;
    // Of the time for all steps, the last one saw only what the others had left.
    throw new HavenError("libvirt.timeout", { ...error.payload, seconds: timeoutMs / 1000 });
  }
  if (options.keepalive !== false) {
    // To ask for this feature makes the daemon ping, too. That short connections never need.
    rpc.startKeepalive(options.keepalive ?? { intervalMs: 5000, count: 6 }, () => {
      rpc.call(procedures.connectSupportsFeature, [feature.programKeepalive]).catch(() => undefined);
    });
  }
  return new Libvirt(rpc);
}

/**
 * Asks what authentication is wanted. The daemon lets root pass when it hears this question, so it cannot be
 * left out nor sent together with the next call (remoteDispatchAuthList in remote_daemon_dispatch.c).
 */
async function authenticate(rpc: Rpc, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void> {
  const kinds = await rpc.call(procedures.authList, [], options);
  if (kinds.length === 0 || kinds.includes(auth.none)) return;
  if (!kinds.includes(auth.polkit)) {
    throw new HavenError("libvirt.auth", {
      where: rpc.where,
      wants: kinds.includes(auth.sasl)
        ? "SASL (a user name and password)"
        : `authentication ${kinds.join(", ")}`,
      hint: 'Set auth_unix_rw = "none", or auth_tls = "none" with client certificates, in libvirtd.conf',
    });
  }
  try {
    await rpc.call(procedures.authPolkit, [], options);
  } catch (error) {
    const refused = [errorCode.authFailed, errorCode.authCancelled, errorCode.authUnavailable] as number[];
    if (!isLibvirtError(error) || !refused.includes(error.code)) throw error;
    const hint = "Run it as root, or as a user whom polkit allows org.libvirt.unix.manage";
    throw new HavenError(
      "libvirt.auth",
      { where: rpc.where, wants: "polkit's permission", hint },
      { cause: error },
    );
  }
}
