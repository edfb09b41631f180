import { createPrivateKey } from "node:crypto";
import { type Authority, openssl, readCertificate } from "./authority.ts";
import type { NodeAccess } from "./node-access.ts";
import { putFiles, type WantedFile } from "./put-file.ts";
import { tlsPlaces } from "./tls-places.ts";

/** A node's own key and certificate, of which libvirt and QEMU have copies in their own places. */
export const nodeTlsPaths = {
  key: "/etc/haven/tls/node.key",
  certificate: "/etc/haven/tls/node.pem",
  authority: "/etc/haven/tls/ca.pem",
} as const;

/** A certificate that ends sooner than this is made anew. */
const renewBeforeDays = 180;

export interface NodeCertificateOptions {
  readonly name: string;
  readonly addresses: readonly string[];
  /** The group QEMU's processes have; their key must be readable for it. Undefined: QEMU runs as root. */
  readonly qemuGroup: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Gives a node its key and a certificate of the authority, and puts both where libvirt (server and client) and
 * QEMU look for them. What is good stays: the key always, the certificate while it is the authority's, carries
 * the node's name and addresses and is valid for another half year. The key is made on the node.
 *
 * @returns the paths that were written
 * @throws HavenError exec.failed, exec.missing
 */
export async function ensureNodeCertificate(
  node: NodeAccess,
  authority: Authority,
  options: NodeCertificateOptions,
): Promise<readonly string[]> {
  const [oldKey, oldCertificate] = await Promise.all([
    node.readFile(nodeTlsPaths.key),
    node.readFile(nodeTlsPaths.certificate),
  ]);
  if (oldKey !== undefined && oldCertificate !== undefined) {
    if (isGood(oldCertificate, oldKey, authority, options)) {
      return await putFiles(node, copies(oldKey, oldCertificate, authority, options));
    }
  }
  const { key, request } = await ensureKey(node, oldKey, options.name);
  const certificate = await authority.sign(request, options.name, options.addresses);
  const changed = await putFiles(node, [
    { path: nodeTlsPaths.certificate, content: certificate },
    ...copies(key, certificate, authority, options),
  ]);
  return key === oldKey ? changed : [nodeTlsPaths.key, ...changed];
}

function isGood(pem: string, keyPem: string, authority: Authority, options: NodeCertificateOptions): boolean {
  const certificate = readCertificate(pem);
  const issuer = readCertificate(authority.certificate);
  if (certificate === undefined || issuer === undefined) return false;
  const names = (certificate.subjectAltName ?? "").split(/,\s*/);
  const left = Date.parse(certificate.validTo) - options.now;
  try {
    return (
      names.includes(`DNS:${options.name}`) &&
      names.length === options.addresses.length + 1 &&
      options.addresses.every((address) => certificate.checkIP(address) !== undefined) &&
      left > renewBeforeDays * 24 * 3600 * 1000 &&
      certificate.verify(issuer.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(keyPem))
    );
  } catch {
    // A key that cannot be read is not good either.
    return false;
  }
}

async function ensureKey(
  node: NodeAccess,
  old: string | undefined,
  name: string,
): Promise<{ readonly key: string; readonly request: string }> {
  const { key: path } = nodeTlsPaths;
  if (old === undefined) {
    await node.exec(["mkdir", "-p", "/etc/haven/tls"]);
    // openssl makes a key file with mode 0600.
    await openssl(node, [`genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ${path}`]);
  }
  const request = await openssl(node, [`req -new -key ${path} -subj /CN=${name} -config /dev/null`]);
  const key = old ?? (await node.readFile(path)) ?? "";
  return { key, request };
}

/** libvirt's and QEMU's. */
function copies(
  key: string,
  certificate: string,
  authority: Authority,
  { qemuGroup }: NodeCertificateOptions,
): readonly WantedFile[] {
  const secret = { content: key, mode: 0o600 };
  const qemuSecret =
    qemuGroup === undefined ? secret : { content: key, mode: 0o640, owner: `root:${qemuGroup}` };
  const authorities = new Set<string>([nodeTlsPaths.authority, ...tlsPlaces.map((one) => one.authority)]);
  return [
    ...[...authorities].map((path) => ({ path, content: authority.certificate })),
    ...tlsPlaces.map((one) => ({ path: one.certificate, content: certificate })),
    ...tlsPlaces.map((one) => ({ path: one.key, ...(one.of.startsWith("QEMU") ? qemuSecret : secret) })),
  ];
}
