import { randomBytes, X509Certificate } from "node:crypto";
import { HavenError } from "../base/errors.ts";
import { execFailed } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";

/** Where the cluster's certificate authority is kept, on one node. */
export const authorityPaths = {
  directory: "/etc/haven/ca",
  key: "/etc/haven/ca/ca.key",
  certificate: "/etc/haven/ca/ca.pem",
} as const;

const authorityDays = 7300;
const certificateDays = 1825;

/** A certificate authority on a node: signs there, and its key never leaves it. */
export class Authority {
  readonly node: NodeAccess;
  /** Its certificate, PEM. */
  readonly certificate: string;

  constructor(node: NodeAccess, certificate: string) {
    this.node = node;
    this.certificate = certificate;
  }

  /**
   * Signs a request (PEM) for a node, whatever the request itself asks for, and returns the certificate (PEM).
   *
   * @throws HavenError exec.failed
   */
  async sign(request: string, name: string, addresses: readonly string[]): Promise<string> {
    const extensions = `${authorityPaths.directory}/${name}.ext`;
    await this.node.writeFile(extensions, certificateExtensions(name, addresses), { mode: 0o600 });
    return await openssl(
      this.node,
      [
        "x509 -req -in /dev/stdin -sha256",
        `-CA ${authorityPaths.certificate} -CAkey ${authorityPaths.key}`,
        `-set_serial ${newSerial()} -days ${certificateDays} -extfile ${extensions}`,
      ],
      request,
    );
  }
}

/**
 * What a node's certificate is for: server and client of libvirt, QEMU and Haven, by the node's name. An elliptic
 * key enciphers no keys, but libvirt 9.0 does not start without that usage.
 */
function certificateExtensions(name: string, addresses: readonly string[]): string {
  return [
    "basicConstraints = critical,CA:FALSE",
    "keyUsage = critical,digitalSignature,keyEncipherment",
    "extendedKeyUsage = serverAuth,clientAuth",
    `subjectAltName = ${[`DNS:${name}`, ...addresses.map((address) => `IP:${address}`)].join(",")}`,
    "subjectKeyIdentifier = hash",
    "authorityKeyIdentifier = keyid",
    "",
  ].join("\n");
}

/**
 * The authority on that node; made when there is none: P-256, 20 years.
 *
 * @throws HavenError exec.failed, exec.missing, input.invalid when what is there is no certificate or has no key
 */
export async function ensureAuthority(
  node: NodeAccess,
  cluster: string,
): Promise<{ readonly authority: Authority; readonly made: boolean }> {
  const { directory, key, certificate } = authorityPaths;
  const before = await node.readFile(certificate);
  if (before !== undefined) {
    const found = readCertificate(before);
    const hasKey = (await node.readFile(key)) !== undefined;
    if (found?.ca !== true || !hasKey) {
      throw new HavenError("input.invalid", {
        where: `${certificate} on ${node.name}`,
        found: found?.ca === true ? "no key beside it" : "something else",
        expected: "the certificate of the cluster's authority and its key",
      });
    }
    return { authority: new Authority(node, before), made: false };
  }
  const config = `${directory}/ca.cnf`;
  await node.writeFile(config, authorityConfig(cluster), { mode: 0o600 });
  await openssl(node, [
    "req -x509 -sha256 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
    `-set_serial ${newSerial()} -days ${authorityDays} -config ${config}`,
    `-keyout ${key} -out ${certificate}`,
  ]);
  await node.exec(["chmod", "0600", key]);
  const made = await node.readFile(certificate);
  if (made === undefined) throw new HavenError("internal", { what: `openssl wrote no ${certificate}` });
  return { authority: new Authority(node, made), made: true };
}

function authorityConfig(cluster: string): string {
  return [
    "[req]",
    "prompt = no",
    "distinguished_name = name",
    "x509_extensions = authority",
    "[name]",
    "O = Haven",
    `CN = Cluster ${cluster}`,
    "[authority]",
    "basicConstraints = critical,CA:TRUE",
    "keyUsage = critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier = hash",
    "",
  ].join("\n");
}

/** The certificate, undefined when the text is none. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** 127 random bits, as RFC 5280 wants: positive, at most 20 bytes. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return `0x${bytes.toString("hex")}`;
}

/** Runs openssl there. The words hold no blanks: names of nodes and clusters and addresses are checked before. */
export async function openssl(node: NodeAccess, words: readonly string[], input?: string): Promise<string> {
  const argv = ["openssl", ...words.flatMap((part) => part.split(" "))];
  const result = await node.exec(argv, input === undefined ? {} : { input });
  if (result.code !== 0) throw execFailed(argv, result);
  return result.stdout;
}
