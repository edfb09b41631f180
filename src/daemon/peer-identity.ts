import { X509Certificate } from "node:crypto";

/** Who shows a certificate: a node of the cluster, or why it is none. */
export type PeerIdentity = { readonly node: string } | { readonly why: string };

export interface PeerCheck {
  /** The certificate of the cluster's own authority, PEM. */
  readonly authority: string;
  /** The names of the cluster's nodes. */
  readonly members: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Which node of the cluster a certificate is of: signed by the cluster's own authority, valid now, and with the node's
 * name among its alternative names. Its subject counts for nothing, since who asks for a certificate chooses that
 * himself (`Authority.sign`).
 *
 * @param certificate DER, as it was shown; undefined where none was
 */
export function peerIdentity(certificate: Uint8Array | undefined, check: PeerCheck): PeerIdentity {
  if (certificate === undefined || certificate.length === 0) return { why: "it shows no certificate" };
  let shown: X509Certificate;
  try {
    shown = new X509Certificate(certificate);
    const authority = new X509Certificate(check.authority);
    if (!shown.checkIssued(authority) || !shown.verify(authority.publicKey))
      return { why: "its certificate is not of this cluster's authority" };
  } catch {
    return { why: "its certificate cannot be read" };
  }
  if (shown.ca) return { why: "it shows an authority's certificate" };
  const isValid = Date.parse(shown.validFrom) <= check.now && check.now < Date.parse(shown.validTo);
  if (!isValid) return { why: "its certificate is not valid now" };
  const names = (shown.subjectAltName ?? "").split(/,\s*/);
  const node = check.members.find((name) => names.includes(`DNS:${name}`));
  return node === undefined ? { why: "its certificate is of no node of this cluster" } : { node };
}
