import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../../test/support/directory-node.ts";
import { testAuthority } from "../../../test/support/node-certificates.ts";
import { type Authority, readCertificate } from "../../host/authority.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import { ensureNodeCertificate, nodeTlsPaths } from "../../host/node-certificate.ts";
import { certificateHealth } from "./certificate-health.ts";

setDefaultTimeout(60_000);

const root = mkdtempSync(join(tmpdir(), "haven-certificate-health-"));
afterAll(() => rmSync(root, { recursive: true }));
const day = 86_400_000;
const server = "/etc/pki/libvirt/servercert.pem";
let authority: Authority;
let end = 0;

async function nodeWith(name: string, by: Authority): Promise<NodeAccess> {
  const node = directoryNode(name, join(root, crypto.randomUUID()));
  const options = { name, addresses: ["127.0.0.1"], qemuGroup: undefined, now: Date.now() };
  await ensureNodeCertificate(node, by, options);
  return node;
}
let host: NodeAccess;
beforeAll(async () => {
  authority = await testAuthority(root);
  host = await nodeWith("node1", authority);
  end = Date.parse(readCertificate((await host.readFile(server)) ?? "")?.validTo ?? "");
});

const found = async (of: NodeAccess, now = Date.now(), node = "node1") =>
  (await certificateHealth({ node, host: of, isMember: true }, now)).filter(
    ({ severity }) => severity !== "ok",
  );

test("those that are good", async () => {
  const all = await certificateHealth({ node: "node1", host, isMember: true }, Date.now());
  expect(all.map(({ severity }) => severity)).toEqual(Array.from({ length: 8 }, () => "ok"));
  expect(all.map(({ subject }) => subject)).toContain("/etc/pki/CA/cacert.pem");
});

test("one that ends soon, ends very soon, has ended, or does not hold yet", async () => {
  const severities = async (now: number) => [
    ...new Set((await found(host, now)).map(({ severity }) => severity)),
  ];
  expect(await severities(end - 29 * day)).toEqual(["warning"]);
  expect(await severities(end - 6 * day)).toEqual(["error"]);
  expect((await found(host, end + day))[0]).toMatchObject({
    ...{ id: "certificate", severity: "error", subject: nodeTlsPaths.certificate },
    text: `Haven's certificate has ended on ${new Date(end).toISOString().slice(0, 10)}`,
    next: "haven cluster init",
  });
  expect((await found(host, Date.now() - 2 * day))[0]?.text).toContain("later than now");
});

test("one for another node, of another authority, with another key, and none", async () => {
  expect((await found(host, Date.now(), "node9"))[0]?.text).toContain("it is for DNS:node1");
  const other = await nodeWith("node1", await testAuthority(root, "other"));
  const swap = async (path: string) => {
    const node = await nodeWith("node1", authority);
    await node.writeFile(path, (await other.readFile(path)) ?? "");
    return (await found(node))[0];
  };
  expect(await swap(server)).toMatchObject({
    subject: server,
    text: expect.stringContaining("has not given it"),
  });
  expect((await swap("/etc/pki/libvirt/private/serverkey.pem"))?.text).toContain("another one's");
  const bare = directoryNode("node1", join(root, "bare"));
  expect((await found(bare))[0]?.text).toContain("cannot be read");
  const joining = await certificateHealth({ node: "node1", host: bare, isMember: false }, Date.now());
  expect(joining).toMatchObject([{ severity: "ok", text: expect.stringContaining("none yet") }]);
});
