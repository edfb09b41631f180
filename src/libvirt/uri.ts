import { HavenError } from "../base/errors.ts";

/** Where a URI of libvirt leads to. */
export interface Target {
  /** The URI as it was given, for messages. */
  readonly uri: string;
  /** What the daemon is asked to open: qemu:///system. */
  readonly name: string;
  readonly transport:
    | { readonly kind: "unix"; readonly paths: readonly string[] }
    | { readonly kind: "tls"; readonly host: string; readonly port: number; readonly pkiPath?: string };
}

/** LIBVIRTD_TLS_PORT (src/remote/remote_sockets.h). */
const TLS_PORT = 16514;

// Parameters that say how to connect; all others are the driver's and go on to the daemon.
const own = new Set(["socket", "pkipath", "name", "mode", "no_tty", "no_verify", "no_sanity"]);

// The daemon of one driver, where the one for all (libvirtd) is not installed.
const daemons: Readonly<Record<string, string>> = { qemu: "virtqemud", lxc: "virtlxcd", xen: "virtxend" };

/**
 * Reads a libvirt URI: DRIVER:///PATH for the local daemon's socket (`?socket=PATH` for another),
 * DRIVER+tls://HOST[:PORT]/PATH (or without +tls) for TLS with client certificates (`?pkipath=DIR` for all
 * three files in one directory). Source: https://libvirt.org/uri.html, src/remote/remote_driver.c.
 *
 * @throws HavenError input.invalid
 */
export function parseUri(uri: string): Target {
  const match = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\//i.exec(uri);
  const parsed = match === null ? null : URL.parse(uri);
  if (match === null || parsed === null) throw invalid(uri, "a URI such as qemu:///system");
  const driver = (match[1] ?? "").toLowerCase();
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  const kind = match[2]?.toLowerCase() ?? (host === "" ? "unix" : "tls");
  const name = parsed.searchParams.get("name") ?? nameFor(driver, parsed);
  if (kind === "unix" && host === "") {
    const socket = parsed.searchParams.get("socket");
    if (socket !== null && !socket.startsWith("/")) throw invalid(uri, "an absolute path for socket");
    if (socket === null && parsed.pathname === "/session") throw invalid(uri, "/system, not /session");
    return {
      uri,
      name,
      transport: { kind: "unix", paths: socket === null ? socketPaths(driver) : [socket] },
    };
  }
  if (kind !== "tls" || host === "") throw invalid(uri, "a local socket, or TLS to a host");
  const pkiPath = parsed.searchParams.get("pkipath");
  const port = parsed.port === "" ? TLS_PORT : Number(parsed.port);
  return { uri, name, transport: { kind: "tls", host, port, ...(pkiPath === null ? {} : { pkiPath }) } };
}

function nameFor(driver: string, parsed: URL): string {
  const passed = [...parsed.searchParams].filter(([key]) => !own.has(key));
  const query = passed
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join("&");
  return `${driver}://${parsed.pathname}${query === "" ? "" : `?${query}`}`;
}

function socketPaths(driver: string): readonly string[] {
  const daemon = daemons[driver];
  const paths = ["/run/libvirt/libvirt-sock"];
  return daemon === undefined ? paths : [...paths, `/run/libvirt/${daemon}-sock`];
}

function invalid(uri: string, expected: string): HavenError {
  return new HavenError("input.invalid", { where: "libvirt URI", found: uri.slice(0, 200), expected });
}
