import { createPrivateKey, type X509Certificate } from "node:crypto";
import type { HealthCheck } from "../../contract/health-check.ts";
import { readCertificate } from "../../host/authority.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import { nodeTlsPaths } from "../../host/node-certificate.ts";
import { type TlsPlace, tlsPlaces } from "../../host/tls-places.ts";

/** One that ends sooner is a warning, and an error. */
export const warnDays = 30;
export const errorDays = 7;
const dayMs = 86_400_000;

const own: TlsPlace = { of: "Haven's", ...nodeTlsPaths };
const next = "haven cluster init";

/** Whether this node's certificates are what others will take: its names, its keys, the authority's, and in their time. */
export async function certificateHealth(
  { node, host, isMember }: { readonly node: string; readonly host: NodeAccess; readonly isMember: boolean },
  now: number,
): Promise<readonly HealthCheck[]> {
  const places = [own, ...tlsPlaces];
  const files = await Promise.all(
    places.map(async ({ certificate, key, authority }) => {
      const read = (path: string) => host.readFile(path).catch(() => undefined);
      const [pem, keyPem, authorityPem] = await Promise.all([read(certificate), read(key), read(authority)]);
      return { pem, keyPem, authorityPem };
    }),
  );
  if (!isMember && files.every(({ pem }) => pem === undefined)) {
    return [{ id: "certificate", severity: "ok", text: "none yet: joining a cluster makes them" }];
  }
  const found = places.flatMap((place, at) => placeHealth({ node, now, place, ...files[at] }));
  const authorities = new Map(
    places.flatMap(({ authority }, at) => {
      const pem = files[at]?.authorityPem;
      return pem === undefined ? [] : [[authority, pem] as const];
    }),
  );
  return [...found, ...[...authorities].flatMap(([path, pem]) => authorityHealth(path, pem, now))];
}

interface PlaceFiles {
  readonly node: string;
  readonly now: number;
  readonly place: TlsPlace;
  readonly pem?: string | undefined;
  readonly keyPem?: string | undefined;
  readonly authorityPem?: string | undefined;
}

function placeHealth({ node, now, place, pem, keyPem, authorityPem }: PlaceFiles): readonly HealthCheck[] {
  const subject = place.certificate;
  const wrong = (text: string, expected: string): readonly HealthCheck[] => [
    {
      id: "certificate",
      severity: "error",
      subject,
      text: `${place.of} certificate: ${text}`,
      expected,
      next,
    },
  ];
  const missing = [
    ...(pem === undefined ? [place.certificate] : []),
    ...(keyPem === undefined ? [place.key] : []),
    ...(authorityPem === undefined ? [place.authority] : []),
  ];
  if (pem === undefined || keyPem === undefined || authorityPem === undefined) {
    return wrong(`${missing.join(", ")} cannot be read`, "certificate, key and the authority's certificate");
  }
  const certificate = readCertificate(pem);
  if (certificate === undefined) return wrong("it is none", "a certificate (PEM)");
  const authority = readCertificate(authorityPem);
  if (authority === undefined || !isIssuedBy(certificate, authority)) {
    return wrong(`the authority in ${place.authority} has not given it`, "one of the cluster's authority");
  }
  const names = (certificate.subjectAltName ?? "").split(/,\s*/);
  if (!names.includes(`DNS:${node}`)) {
    return wrong(
      `it is for ${names.join(", ") || "no name"}`,
      `one for ${node}, which others know this node by`,
    );
  }
  if (!isKeyOf(keyPem, certificate)) {
    return wrong(`the key in ${place.key} is another one's`, "the key that it was made with");
  }
  return timeHealth(certificate, { subject, what: `${place.of} certificate`, now });
}

function authorityHealth(path: string, pem: string, now: number): readonly HealthCheck[] {
  const certificate = readCertificate(pem);
  // One that is none was said of the certificates that need it.
  if (certificate === undefined) return [];
  return timeHealth(certificate, { subject: path, what: "the authority's certificate", now });
}

function timeHealth(
  certificate: X509Certificate,
  { subject, what, now }: { readonly subject: string; readonly what: string; readonly now: number },
): readonly HealthCheck[] {
  const day = (text: string): string => new Date(text).toISOString().slice(0, 10);
  const { validFrom, validTo } = certificate;
  const left = (Date.parse(validTo) - now) / dayMs;
  const about = { id: "certificate", subject };
  if (Date.parse(validFrom) > now) {
    const text = `${what} holds from ${day(validFrom)} on, later than now by this node's clock`;
    return [
      { ...about, severity: "error", text, expected: "one that holds now", next: "Look at the clock: date" },
    ];
  }
  if (left <= 0) {
    const text = `${what} has ended on ${day(validTo)}`;
    return [{ ...about, severity: "error", text, expected: "one that holds now", next }];
  }
  const text = `${what} holds until ${day(validTo)}`;
  if (left >= warnDays) return [{ ...about, severity: "ok", text }];
  const severity = left < errorDays ? "error" : "warning";
  return [{ ...about, severity, text, expected: `${warnDays} days more at least`, next }];
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

function isKeyOf(pem: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  }
}
