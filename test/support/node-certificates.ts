import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Authority, ensureAuthority } from "../../src/host/authority.ts";
import { ensureNodeCertificate, nodeTlsPaths } from "../../src/host/node-certificate.ts";
import { directoryNode } from "./directory-node.ts";

/** Key, certificate and authority of a node, as files below a directory. */
export type NodeFiles = Readonly<Record<keyof typeof nodeTlsPaths, string>>;

/** An authority as a cluster has one, below a directory. */
export async function testAuthority(root: string, cluster = "test"): Promise<Authority> {
  const node = directoryNode("ca", join(root, `authority-${cluster}`));
  await node.writeFile("/etc/haven/ca/none", "");
  return (await ensureAuthority(node, cluster)).authority;
}

/** The files that a node of its cluster has, made as `haven cluster init` makes them. */
export async function testNodeFiles(root: string, authority: Authority, name: string): Promise<NodeFiles> {
  const own = join(root, crypto.randomUUID());
  mkdirSync(own, { recursive: true });
  const options = { name, addresses: ["127.0.0.1"], qemuGroup: undefined, now: Date.now() };
  await ensureNodeCertificate(directoryNode(name, own), authority, options);
  return {
    key: join(own, nodeTlsPaths.key),
    certificate: join(own, nodeTlsPaths.certificate),
    authority: join(own, nodeTlsPaths.authority),
  };
}
