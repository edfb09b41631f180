/** Where a node's certificate, its key and the authority's certificate are for one program. */
export interface TlsPlace {
  /** Whose they are. */
  readonly of: string;
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

const libvirt = "/etc/pki/libvirt";
const qemu = "/etc/pki/qemu";
const authority = "/etc/pki/CA/cacert.pem";

/** The copies of a node's certificate. Source: libvirt's and QEMU's default places (https://libvirt.org/tlscerts.html, qemu.conf). */
export const tlsPlaces = [
  {
    ...{ of: "libvirt's server", authority },
    ...{ certificate: `${libvirt}/servercert.pem`, key: `${libvirt}/private/serverkey.pem` },
  },
  {
    ...{ of: "libvirt's client", authority },
    ...{ certificate: `${libvirt}/clientcert.pem`, key: `${libvirt}/private/clientkey.pem` },
  },
  {
    ...{ of: "QEMU's server", authority: `${qemu}/ca-cert.pem` },
    ...{ certificate: `${qemu}/server-cert.pem`, key: `${qemu}/server-key.pem` },
  },
  {
    ...{ of: "QEMU's client", authority: `${qemu}/ca-cert.pem` },
    ...{ certificate: `${qemu}/client-cert.pem`, key: `${qemu}/client-key.pem` },
  },
] as const satisfies readonly TlsPlace[];
