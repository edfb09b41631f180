import { readCertificate } from "./authority.ts";
import type { NodeAccess } from "./node-access.ts";
import { qnetdDatabase } from "./quorum-server.ts";
import { runThere } from "./run-there.ts";

/** Where corosync-qdevice has its key and certificates on a node. */
export const qdeviceDatabase = "/etc/corosync/qdevice/net/nssdb";

// Names that corosync's tools give and its daemons look for.
const authorityName = "QNet CA";
const clusterName = "Cluster Cert";
/** On its way from machine to machine; the package's tools take files only. */
const wayside = "/etc/haven/quorum";

/**
 * Gives every node the cluster's key and certificate for the server with the further vote, by corosync's own tools
 * (corosync-qdevice-net-certutil, corosync-qnetd-certutil). The key is made on one node and carried to the others. What
 * is good stays: signed by the server's authority, for this cluster, the same on all nodes. What it replaces is kept in
 * /var/lib/haven/replaced.
 *
 * @returns the names of nodes that were given a certificate
 * @throws HavenError exec.failed
 */
export async function ensureQuorumCertificates(
  server: NodeAccess,
  nodes: readonly NodeAccess[],
  cluster: string,
): Promise<ReadonlySet<string>> {
  const authority = await certificateIn(server, qnetdDatabase, authorityName);
  const prints = await Promise.all(nodes.map((node) => goodPrint(node, authority, cluster)));
  const changed = new Set<string>();
  const first = prints.findIndex((print) => print !== undefined);
  const holder = nodes[Math.max(first, 0)];
  if (holder === undefined) return changed;
  let print = prints[first];
  if (print === undefined) {
    await obtain(holder, server, cluster);
    print = await goodPrint(holder, authority, cluster);
    changed.add(holder.name);
  }
  const others = nodes.filter((node, index) => node !== holder && prints[index] !== print);
  if (others.length === 0) return changed;
  const key = await exportKey(holder);
  for (const node of others) {
    await receive(node, server, key);
    changed.add(node.name);
  }
  return changed;
}

/** Takes a node's key and certificates for the further vote away. Returns false when there were none. */
export async function removeQuorumCertificates(node: NodeAccess): Promise<boolean> {
  if ((await node.exec(["test", "-e", qdeviceDatabase])).code !== 0) return false;
  await runThere(node, ["rm", "-rf", "--", qdeviceDatabase]);
  return true;
}

/** PEM; undefined where the database or that name is not there. */
async function certificateIn(node: NodeAccess, database: string, name: string): Promise<string | undefined> {
  const result = await node.exec(["certutil", "-L", "-d", database, "-n", name, "-a"]);
  return result.code === 0 ? result.stdout : undefined;
}

/** The fingerprint of a node's certificate, undefined when it is not good or has no key. */
async function goodPrint(
  node: NodeAccess,
  authority: string | undefined,
  cluster: string,
): Promise<string | undefined> {
  const [theirs, own, keys] = await Promise.all([
    certificateIn(node, qdeviceDatabase, authorityName),
    certificateIn(node, qdeviceDatabase, clusterName),
    node.exec(["certutil", "-K", "-d", qdeviceDatabase, "-f", `${qdeviceDatabase}/pwdfile.txt`]),
  ]);
  const [issuer, known, certificate] = [authority, theirs, own].map((pem) => readCertificate(pem ?? ""));
  if (issuer === undefined || known === undefined || certificate === undefined) return undefined;
  const isGood =
    known.fingerprint256 === issuer.fingerprint256 &&
    certificate.verify(issuer.publicKey) &&
    certificate.subject === `CN=${cluster}` &&
    keys.code === 0 &&
    keys.stdout.includes(clusterName);
  return isGood ? certificate.fingerprint256 : undefined;
}

/** A key that is made on the node, and a certificate for it by the server. */
async function obtain(node: NodeAccess, server: NodeAccess, cluster: string): Promise<void> {
  await trustServer(node, server);
  await nodeTool(node, ["-r", "-n", cluster]);
  const request = await readBytes(node, `${qdeviceDatabase}/qdevice-net-node.crq`);
  await withFile(server, `${cluster}.crq`, request, (path) =>
    runThere(server, ["corosync-qnetd-certutil", "-s", "-c", path, "-n", cluster]),
  );
  const certificate = await readBytes(server, `${qnetdDatabase}/cluster-${cluster}.crt`);
  await withFile(node, `${cluster}.crt`, certificate, (path) => nodeTool(node, ["-M", "-c", path]));
}

/** The key and certificate that another node has. */
async function receive(node: NodeAccess, server: NodeAccess, key: Uint8Array): Promise<void> {
  await trustServer(node, server);
  await withFile(node, "node.p12", key, (path) => nodeTool(node, ["-m", "-c", path]));
}

/** A new database with nothing but the server's authority. */
async function trustServer(node: NodeAccess, server: NodeAccess): Promise<void> {
  if ((await node.exec(["test", "-e", qdeviceDatabase])).code === 0) {
    const aside = `/var/lib/haven/replaced/qdevice-${new Date().toISOString().replace(/[:.]/g, "-")}`;
    await runThere(node, ["mkdir", "-p", "-m", "0700", aside]);
    await runThere(node, ["mv", "--", qdeviceDatabase, aside]);
  }
  const authority = await readBytes(server, `${qnetdDatabase}/qnetd-cacert.crt`);
  await withFile(node, "qnetd-cacert.crt", authority, (path) => nodeTool(node, ["-i", "-c", path]));
}

/** PKCS #12 with an empty password, as the node's tool leaves it behind and takes it. */
async function exportKey(node: NodeAccess): Promise<Uint8Array> {
  const path = `${qdeviceDatabase}/qdevice-net-node.p12`;
  if ((await node.exec(["test", "-e", path])).code !== 0) {
    await runThere(node, ["pk12util", "-d", qdeviceDatabase, "-o", path, "-W", "", "-n", clusterName]);
    await runThere(node, ["chmod", "0600", path]);
  }
  return await readBytes(node, path);
}

async function nodeTool(node: NodeAccess, words: readonly string[]): Promise<void> {
  await runThere(node, ["corosync-qdevice-net-certutil", ...words], { timeoutMs: 60_000 });
}

/** A file of root's alone, for as long as the work lasts. */
async function withFile(
  node: NodeAccess,
  name: string,
  content: Uint8Array,
  work: (path: string) => Promise<unknown>,
): Promise<void> {
  const path = `${wayside}/${name}`;
  await node.writeFile(path, content, { mode: 0o600 });
  try {
    await work(path);
  } finally {
    await node.exec(["rm", "-f", "--", path]);
  }
}

async function readBytes(node: NodeAccess, path: string): Promise<Uint8Array> {
  return Buffer.from(await runThere(node, ["base64", "--wrap=0", path]), "base64");
}
