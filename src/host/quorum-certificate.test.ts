import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../test/support/directory-node.ts";
import type { NodeAccess } from "./node-access.ts";
import { ensureQuorumCertificates, qdeviceDatabase, removeQuorumCertificates } from "./quorum-certificate.ts";
import { qnetdDatabase } from "./quorum-server.ts";

/**
 * Machines whose databases are folders of PEM files and whose tools are openssl: the steps and the files that they take
 * and leave are those of corosync's own tools, which the lab tries.
 */
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "haven-quorum-"));
});
afterAll(async () => await rm(directory, { recursive: true }));

const done = { code: 0, signal: null, stdout: "", stderr: "" } as const;
const missing = { ...done, code: 255 } as const;

function machine(name: string, steps: string[]): NodeAccess {
  const root = join(directory, name);
  const plain = directoryNode(name, root);
  const [database, server] = [`${root}${qdeviceDatabase}`, `${root}${qnetdDatabase}`];
  const openssl = async (...words: readonly string[]) => {
    const result = await plain.exec(["openssl", ...words]);
    if (result.code !== 0) throw new Error(result.stderr);
  };
  const tools: Readonly<Record<string, (words: readonly string[]) => Promise<unknown>>> = {
    async "-i"([, , file = ""]) {
      if (existsSync(database)) throw new Error("it is there");
      await mkdir(database, { recursive: true });
      await openssl("x509", "-in", `${root}${file}`, "-out", `${database}/QNet CA`);
    },
    async "-r"([, , cluster]) {
      const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", `${database}/key`, "-config", "/dev/null"];
      await openssl("req", ...key, "-subj", `/CN=${cluster}`, "-out", `${database}/qdevice-net-node.crq`);
    },
    async "-s"([, , file = "", , cluster]) {
      expect((await stat(`${root}${file}`)).mode & 0o777).toBe(0o600);
      const by = ["-CA", `${server}/QNet CA`, "-CAkey", `${server}/key`, "-CAcreateserial"];
      const out = `${server}/cluster-${cluster}.crt`;
      await openssl("x509", "-req", "-in", `${root}${file}`, ...by, "-out", out);
    },
    async "-M"([, , file = ""]) {
      await openssl("x509", "-in", `${root}${file}`, "-out", `${database}/Cluster Cert`);
      const parts = ["-inkey", `${database}/key`, "-in", `${database}/Cluster Cert`, "-passout", "pass:"];
      await openssl("pkcs12", "-export", ...parts, "-out", `${database}/qdevice-net-node.p12`);
    },
    async "-m"([, , file = ""]) {
      expect((await stat(`${root}${file}`)).mode & 0o777).toBe(0o600);
      const from = ["-in", `${root}${file}`, "-passin", "pass:"];
      await openssl("pkcs12", ...from, "-nokeys", "-out", `${database}/all`);
      await openssl("x509", "-in", `${database}/all`, "-out", `${database}/Cluster Cert`);
      await openssl("pkcs12", ...from, "-nocerts", "-nodes", "-out", `${database}/key`);
    },
  };
  return {
    ...plain,
    async exec(argv, options) {
      const [program = "", ...words] = argv;
      if (program.endsWith("certutil") && program !== "certutil") {
        steps.push(`${name} ${words[0]}`);
        await tools[words[0] ?? ""]?.(words);
        return done;
      }
      if (program !== "certutil") return await plain.exec(argv, options);
      const [what, , folder = "", , nickname = ""] = words;
      if (what === "-K") {
        const has = existsSync(`${database}/key`) && existsSync(`${database}/Cluster Cert`);
        return has ? { ...done, stdout: "< 0> rsa 12   Cluster Cert" } : missing;
      }
      const text = await plain.readFile(`${folder}/${nickname}`);
      return text === undefined ? missing : { ...done, stdout: text };
    },
  };
}

async function world(name: string) {
  const steps: string[] = [];
  const server = machine(`${name}/witness`, steps);
  const folder = `${directory}/${name}/witness${qnetdDatabase}`;
  await mkdir(folder, { recursive: true });
  const out = ["-keyout", `${folder}/key`, "-out", `${folder}/QNet CA`];
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=QNet CA", ...out];
  expect((await server.exec(["openssl", ...made])).code).toBe(0);
  await server.exec(["cp", `${folder}/QNet CA`, `${folder}/qnetd-cacert.crt`]);
  const nodes = ["node1", "node2"].map((node) => machine(`${name}/${node}`, steps));
  return { server, nodes, steps };
}

test("one key for the cluster: made on a node, signed by the server, carried to the others, and then left alone", async () => {
  const { server, nodes, steps } = await world("first");
  const changed = await ensureQuorumCertificates(server, nodes, "prod");
  expect([...changed]).toEqual(["first/node1", "first/node2"]);
  expect(steps).toEqual([
    ...["first/node1 -i", "first/node1 -r", "first/witness -s", "first/node1 -M"],
    ...["first/node2 -i", "first/node2 -m"],
  ]);
  const read = (node?: NodeAccess) => node?.readFile(`${qdeviceDatabase}/Cluster Cert`);
  expect(await read(nodes[1])).toBe((await read(nodes[0])) ?? "nothing");
  // Nothing stays of what was on its way.
  for (const one of [server, ...nodes]) {
    expect((await one.exec(["ls", "-A", "/etc/haven/quorum"])).stdout).toBe("");
  }
  steps.length = 0;
  expect((await ensureQuorumCertificates(server, nodes, "prod")).size).toBe(0);
  expect(steps).toEqual([]);
});

test("a node that joins gets the key of the others, from whichever has it", async () => {
  const { server, nodes, steps } = await world("join");
  const [one, two] = nodes;
  if (one === undefined || two === undefined) throw new Error("no nodes");
  await ensureQuorumCertificates(server, [two], "prod");
  steps.length = 0;
  expect([...(await ensureQuorumCertificates(server, nodes, "prod"))]).toEqual(["join/node1"]);
  expect(steps).toEqual(["join/node1 -i", "join/node1 -m"]);
  expect(await removeQuorumCertificates(one)).toBe(true);
  expect(await removeQuorumCertificates(one)).toBe(false);
});

test("another server or another cluster's name: all is made anew, and what was there is kept aside", async () => {
  const { server, nodes } = await world("old");
  await ensureQuorumCertificates(server, nodes, "prod");
  expect((await ensureQuorumCertificates(server, nodes, "other")).size).toBe(2);
  const { server: second } = await world("new");
  expect((await ensureQuorumCertificates(second, nodes, "other")).size).toBe(2);
  const aside = await nodes[0]?.exec(["ls", "/var/lib/haven/replaced"]);
  expect(aside?.stdout.trim().split("\n")).toHaveLength(2);
});
