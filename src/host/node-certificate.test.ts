import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../test/support/directory-node.ts";
import { ensureAuthority } from "./authority.ts";
import { ensureNodeCertificate, type NodeCertificateOptions, nodeTlsPaths } from "./node-certificate.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "haven-ca-"));
});
afterAll(async () => await rm(directory, { recursive: true }));

const options: NodeCertificateOptions = {
  name: "node2",
  addresses: ["10.0.0.2", "fd00::2"],
  qemuGroup: undefined,
  now: Date.now(),
};

async function setUp(name: string) {
  const ca = directoryNode("node1", join(directory, name, "node1"));
  const node = directoryNode("node2", join(directory, name, "node2"));
  await mkdir(join(directory, name, "node1/etc/haven/ca"), { recursive: true });
  const { authority, made } = await ensureAuthority(ca, "test");
  return { ca, node, authority, made };
}

describe("certificates", () => {
  test("one for each node, for server and client, by name and address", async () => {
    const { ca, node, authority, made } = await setUp("first");
    expect(made).toBe(true);
    const changed = await ensureNodeCertificate(node, authority, { ...options, addresses: ["10.0.0.2"] });
    expect(changed).toContain(nodeTlsPaths.key);
    expect(changed).toContain("/etc/pki/qemu/server-key.pem");
    const certificate = new X509Certificate((await node.readFile("/etc/pki/libvirt/servercert.pem")) ?? "");
    expect(certificate.subjectAltName).toBe("DNS:node2, IP Address:10.0.0.2");
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    const years = (Date.parse(certificate.validTo) - Date.now()) / (365 * 24 * 3600 * 1000);
    expect(years).toBeGreaterThan(4.9);
    const text = await ca.exec(["openssl", "x509", "-noout", "-text"], {
      input: certificate.toString(),
    });
    expect(text.stdout).toContain("TLS Web Server Authentication, TLS Web Client Authentication");
    expect(text.stdout).toContain("prime256v1");
    const key = join(directory, "first/node1/etc/haven/ca/ca.key");
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, "first/node2", nodeTlsPaths.key))).mode & 0o777).toBe(0o600);
  });

  test("are left alone when they are good, renewed when not", async () => {
    const { ca, node, authority } = await setUp("again");
    const once = options;
    await ensureNodeCertificate(node, authority, once);
    const again = await ensureAuthority(ca, "test");
    expect(again.made).toBe(false);
    expect(await ensureNodeCertificate(node, again.authority, once)).toEqual([]);

    const moved = await ensureNodeCertificate(node, again.authority, { ...once, addresses: ["10.0.0.3"] });
    expect(moved).toContain(nodeTlsPaths.certificate);
    expect(moved).not.toContain(nodeTlsPaths.key);
    const later = { ...once, addresses: ["10.0.0.3"], now: Date.now() + 4.6 * 365 * 24 * 3600 * 1000 };
    expect(await ensureNodeCertificate(node, again.authority, later)).toContain(nodeTlsPaths.certificate);

    const { authority: other } = await setUp("other");
    const foreign = await ensureNodeCertificate(node, other, { ...once, addresses: ["10.0.0.3"] });
    expect(foreign).toContain("/etc/pki/CA/cacert.pem");
    expect(foreign).toContain(nodeTlsPaths.certificate);
  });

  test("a copy that was changed is put right", async () => {
    const { node, authority } = await setUp("copy");
    const once = { ...options, addresses: ["10.0.0.2"] };
    await ensureNodeCertificate(node, authority, once);
    await writeFile(join(directory, "copy/node2/etc/pki/qemu/client-cert.pem"), "broken");
    expect(await ensureNodeCertificate(node, authority, once)).toEqual(["/etc/pki/qemu/client-cert.pem"]);
  });
});
