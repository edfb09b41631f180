import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../../test/support/directory-node.ts";
import { smallCib } from "../../../test/support/small-cib.ts";
import { HavenError } from "../../base/errors.ts";
import { cibPath, corosyncConfPath } from "../../host/node-facts.ts";
import { corosyncConf } from "../../pacemaker/corosync.ts";
import { livePacemaker } from "../../pacemaker/live.ts";
import { nodeWorld } from "./node-world.ts";

setDefaultTimeout(30_000);

const root = mkdtempSync(join(tmpdir(), "haven-node-world-"));
afterAll(() => rmSync(root, { recursive: true }));
const { signal } = new AbortController();

/** Pacemaker as it is where it does not run. */
const down = {
  ...livePacemaker(),
  queryCib: () => Promise.reject(new HavenError("pacemaker.down", { why: "Connection refused" })),
};
const conf = (name: string, address = "10.0.0.1"): string =>
  corosyncConf({ clusterName: "demo", tokenMs: 3000, nodes: [{ name, id: 1, addresses: [address] }] });

async function world(files: Readonly<Record<string, string>>) {
  const host = directoryNode(hostname(), join(root, crypto.randomUUID()));
  for (const [path, text] of Object.entries(files)) await host.writeFile(path, text);
  const { cib, corosync, settings, found } = await nodeWorld({ pacemaker: down, signal, isLive: true }, host);
  const lines = found.map(({ id, severity, text }) => `${severity} ${id}: ${text}`);
  return {
    resources: cib?.resources.length,
    nodes: corosync?.nodes.map(({ name }) => name),
    settings,
    lines,
  };
}

test("a node of no cluster, also with the one that Debian's package brings along", async () => {
  const none = { settings: {}, lines: ["ok pacemaker: this node is of no cluster yet"] };
  expect(await world({})).toMatchObject(none);
  expect(await world({ [corosyncConfPath]: conf("node1", "127.0.0.1") })).toMatchObject(none);
});

test("a node whose Pacemaker does not run knows its cluster from its disk", async () => {
  const storage =
    '<cluster_property_set id="haven-settings"><nvpair id="hs" name="storage" value="[&quot;/srv/vms&quot;]"/>';
  const cib = smallCib.replace("</crm_config>", `${storage}</cluster_property_set></crm_config>`);
  const found = await world({ [corosyncConfPath]: conf(hostname()), [cibPath]: cib });
  expect(found).toMatchObject({ nodes: [hostname()], settings: { storage: ["/srv/vms"] } });
  expect(found.resources).toBeGreaterThan(3);
  expect(found.lines).toEqual([
    expect.stringMatching(/^error pacemaker: Pacemaker does not answer on this node: /),
  ]);
});

test("a corosync.conf of other nodes, one that is none, and settings that cannot be read", async () => {
  const other = await world({ [corosyncConfPath]: conf("elsewhere") });
  expect(other.lines[0]).toBe(`error corosync.conf: it is for elsewhere, and not for ${hostname()}`);
  expect((await world({ [corosyncConfPath]: "totem {" })).lines[0]).toStartWith("error corosync.conf: ");
  const broken = '<cluster_property_set id="haven-settings"><nvpair id="hs" name="storage" value="["/>';
  const cib = smallCib.replace("</crm_config>", `${broken}</cluster_property_set></crm_config>`);
  const { lines } = await world({ [corosyncConfPath]: conf(hostname()), [cibPath]: cib });
  expect(lines[0]).toStartWith("error settings: ");
});
