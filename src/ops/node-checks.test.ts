import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { HavenError } from "../base/errors.ts";
import type { NodeChecks } from "../contract/node-checks.ts";
import { ChecksElsewhere } from "../daemon/checks-elsewhere.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { nodeChecks } from "./node-checks.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-node-checks-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const net = join(dir, "net");
function bridge(name: string, operstate: string, mtu: number): void {
  mkdirSync(join(net, name), { recursive: true });
  writeFileSync(join(net, name, "operstate"), `${operstate}\n`);
  writeFileSync(join(net, name, "mtu"), `${mtu}\n`);
}

describe.skipIf(Bun.which("cibadmin") === null)("a node that looks at itself", () => {
  beforeEach(() => file.reset());

  test("storage that is there and that is not, bridges that are up, down, and missing; versions", async () => {
    const storage = JSON.stringify([dir, "/srv/none", "/dev"]);
    const zones = JSON.stringify({
      a: { bridge: "br0" },
      b: { bridge: "br1" },
      c: { ovs: "ovs0" },
      d: { bridge: "br9" },
    });
    await changeCib(fileEnvironment(file.path), (editor) =>
      editor.setProperties({ storage, zones }, "haven-settings"),
    );
    bridge("br0", "up", 1500);
    bridge("br1", "down", 1500);
    bridge("ovs0", "unknown", 9000);
    const found = await nodeChecks(fileEnvironment(file.path), { netFolder: net });
    expect(found.node).toBe(hostname());
    expect(found.versions.haven).toMatch(/^\d/);
    expect(found.versions.pacemaker).toMatch(/^\d+\.\d+/);
    expect(found.storage).toMatchObject([
      { path: dir, ok: true, free: expect.any(Number), total: expect.any(Number), ms: expect.any(Number) },
      { path: "/srv/none", ok: false, text: "it is not there" },
      { path: "/dev", ok: true, text: "block devices" },
    ]);
    expect(found.networks).toEqual([
      { zone: "a", bridge: "br0", ok: true, text: "up", mtu: 1500 },
      { zone: "b", bridge: "br1", ok: false, text: "down: none of its ports is up", mtu: 1500 },
      { zone: "c", bridge: "ovs0", ok: true, text: "up", mtu: 9000 },
      { zone: "d", bridge: "br9", ok: false, text: "there is no bridge br9" },
    ]);
  });

  test("without settings there is nothing to look at", async () => {
    const found = await nodeChecks(fileEnvironment(file.path));
    expect([found.storage, found.networks]).toEqual([[], []]);
  });
});

describe("any node", () => {
  const here: NodeChecks = { node: "node1", time: 1, versions: { haven: "1" }, storage: [], networks: [] };
  const of = (name: string, answer: () => Promise<unknown>): Promise<NodeChecks> =>
    new ChecksElsewhere({
      node: "node1",
      members: { names: () => Promise.resolve(["node1", "node2"]) },
      peers: { ask: answer },
    }).of(name, () => Promise.resolve(here));

  test("this one, another one, none", async () => {
    const there = { ...here, node: "node2" };
    const never = () => Promise.reject(new Error("nobody is to be asked"));
    expect(await of("node1", never)).toEqual(here);
    expect(await of("node2", () => Promise.resolve(there))).toEqual(there);
    expect(await refusal(of("node3", never))).toMatch(/^cib.not-found: .*node3/);
  });

  test("one that is silent, and one that says something else", async () => {
    const silent = new HavenError("peer.silent", { node: "node2", why: "it is off" });
    expect(await refusal(of("node2", () => Promise.reject(silent)))).toMatch(/^peer.silent: .*it is off/);
    const odd = { ...here, storage: [{ path: 7 }] };
    expect(await refusal(of("node2", () => Promise.resolve(odd)))).toMatch(/^peer.silent: .*cannot be read/);
  });
});
