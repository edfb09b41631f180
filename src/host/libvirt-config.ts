import { createHash } from "node:crypto";
import { configValue, setConfigLines } from "./config-lines.ts";

/** Settings besides Haven's own, name to value as it stands in the file. */
export type ExtraSettings = Readonly<Record<string, string>>;

export const libvirtdConfPath = "/etc/libvirt/libvirtd.conf";
export const qemuConfPath = "/etc/libvirt/qemu.conf";

/**
 * libvirtd.conf: TLS only, every client with a certificate of the cluster's CA, and an identity of the host's own.
 * An identity that is set already stays, since libvirt refuses to migrate between hosts that share one.
 */
export function libvirtdConf(
  before: string,
  host: { readonly cluster: string; readonly node: string },
  extra: ExtraSettings = {},
): string {
  const uuid = configValue(before, "host_uuid") ?? hostUuid(host.cluster, host.node);
  return setConfigLines(before, {
    listen_tls: "1",
    listen_tcp: "0",
    auth_tls: '"none"',
    tls_no_verify_certificate: "0",
    // Each running migration holds a worker on both hosts; monitors must not wait behind them.
    max_workers: "40",
    max_client_requests: "20",
    host_uuid: `"${uuid}"`,
    ...extra,
  });
}

/**
 * qemu.conf: the peer's certificate is checked in migrations. QEMU's certificates are in the default place, so
 * that no path has to be set. A destination that has died is given up after 12 s instead of 30: until then the
 * guest's migration counts as under way.
 */
export function qemuConf(before: string, extra: ExtraSettings = {}): string {
  const own = { keepalive_interval: "3", keepalive_count: "3", migrate_tls_x509_verify: "1" };
  return setConfigLines(before, { ...own, ...extra });
}

/** A UUID that follows from the names: distinct for each node, and the same after a new installation. */
export function hostUuid(cluster: string, node: string): string {
  const hash = createHash("sha256").update(`haven host\0${cluster}\0${node}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}
